import { Injectable, Optional, type Type } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import type { EntityMetadata } from 'typeorm';
import { EventRegistry } from '../../event/event-registry.js';
import { resolveOptions } from '../../options/resolve-options.js';
import { Folding } from './folding.js';
import { handledEvents, takeOffEventBus } from '../../nest/handled-events.js';
import { createIn } from '../../nest/provider.js';
import { type MarkedProvider, markedProviders } from './marked-providers.js';
import { PROJECTION_METADATA, PROJECTION_RULES, type ProjectionOptions } from './projection.decorator.js';
import { REACTION_METADATA, REACTION_RULES, type ReactionOptions } from './reaction.decorator.js';
import { RowEntities } from './row-entities.js';

/** Finds the projections and reactions of the modules that work with this event store. */
@Injectable()
export class FoldingDiscovery {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly registry: EventRegistry,
    private readonly entities: RowEntities,
  ) {}

  /** Must be called before the application bootstraps. */
  takeOffEventBus(): void {
    for (const { metatype } of markedProviders(this.discovery)) takeOffEventBus(metatype);
  }

  /**
   * @throws InvalidOptionsError when options of a projection or reaction break a rule
   * @throws Error when two have the same name or table, or when one cannot be called outside of requests
   */
  async find(): Promise<Folding[]> {
    const foldings: Folding[] = [];
    for (const provider of markedProviders(this.discovery)) {
      if (await this.isOwn(provider)) foldings.push(await this.foldingOf(provider));
    }
    requireOwnNames(foldings);
    requireOwnTables(foldings);
    return foldings;
  }

  /** Whether the provider belongs to this event store: its module would be given this `FoldingDiscovery`. */
  private async isOwn({ host, metatype }: MarkedProvider): Promise<boolean> {
    const { discovery } = await createIn(host, DiscoveryOfModule);
    if (discovery !== undefined) return discovery === this;
    throw new Error(
      `The module of "${nameOf(metatype)}", ${host.name}, works with no event store: ` +
        'import EventSourcingModule.forFeature({ store }) in it.',
    );
  }

  private async foldingOf({ metatype, instance }: MarkedProvider): Promise<Folding> {
    requireOneMark(metatype);
    const eventClasses = handledEvents(metatype);
    if (eventClasses.length === 0) {
      throw new Error(`${nameOf(metatype)} (${metatype.name}) handles no event: add @EventsHandler(...).`);
    }
    if (typeof instance.handle !== 'function') {
      throw new Error(`${metatype.name} has no method "handle", which takes the events.`);
    }
    this.registry.register(...eventClasses);
    const reaction: unknown = Reflect.getMetadata(REACTION_METADATA, metatype);
    if (reaction !== undefined) {
      const options = resolveOptions(reaction, REACTION_RULES, `@Reaction of ${metatype.name}`);
      return Folding.reaction(instance, eventClasses, options as ReactionOptions);
    }
    const options = resolveOptions(
      Reflect.getMetadata(PROJECTION_METADATA, metatype),
      PROJECTION_RULES,
      `@Projection of ${metatype.name}`,
    ) as ProjectionOptions;
    return Folding.projection(instance, eventClasses, options, await this.metadataOf(options));
  }

  private async metadataOf({ rows }: ProjectionOptions): Promise<(entity: Type<object>) => EntityMetadata> {
    const entries = rows.map(async ({ entity }) => [entity, await this.entities.metadataOf(entity)] as const);
    const all = new Map(await Promise.all(entries));
    return (entity) => all.get(entity)!;
  }
}

@Injectable()
class DiscoveryOfModule {
  constructor(@Optional() readonly discovery?: FoldingDiscovery) {}
}

function nameOf(metatype: object): string {
  const options = Reflect.getMetadata(PROJECTION_METADATA, metatype) as ProjectionOptions | undefined;
  return (options ?? (Reflect.getMetadata(REACTION_METADATA, metatype) as ReactionOptions)).name;
}

/** A class that extends a marked one has its mark as well. */
function requireOneMark(metatype: Type<object>): void {
  const isBoth =
    Reflect.hasMetadata(PROJECTION_METADATA, metatype) && Reflect.hasMetadata(REACTION_METADATA, metatype);
  if (!isBoth) return;
  throw new Error(
    `${metatype.name} is a @Projection and a @Reaction: it must be one of them, since each has a checkpoint of its ` +
      'own. Give each a class of its own.',
  );
}

function requireOwnNames(foldings: readonly Folding[]): void {
  const names = foldings.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice === undefined) return;
  throw new Error(
    `Two projections or reactions are named "${twice}". The name is their checkpoint: change one.`,
  );
}

function requireOwnTables(foldings: readonly Folding[]): void {
  const owners = new Map<Type<object>, string>();
  for (const { name, entities } of foldings) {
    for (const entity of entities) {
      const owner = owners.get(entity);
      if (owner !== undefined) {
        throw new Error(
          `The rows of ${entity.name} are filled by "${owner}" and by "${name}". Each could undo what the ` +
            'other did: give each a table of its own.',
        );
      }
      owners.set(entity, name);
    }
  }
}
