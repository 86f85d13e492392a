import { Injectable, Optional, type Type } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import type { EntityMetadata } from 'typeorm';
import type { AggregateClass } from '../../aggregate/aggregate-root.js';
import { AggregateStreams } from '../../aggregate/aggregate-streams.js';
import type { EventClass } from '../../event/domain-event.js';
import { EventRegistry } from '../../event/event-registry.js';
import { resolveOptions } from '../../options/resolve-options.js';
import { OWN_INPUTS, ProcessStepped } from '../../process/declare/process-events.js';
import { definitionOf, processOptionsOf } from '../../process/declare/definition-of.js';
import { PROCESS_METADATA } from '../../process/declare/process.decorator.js';
import { ProcessManager } from '../../process/declare/process-manager.js';
import { ProcessSteps } from '../../process/step/process-steps.js';
import { Folding } from './folding.js';
import { commandBusOf } from '../../nest/command-bus.js';
import { handledEvents, takeOffEventBus } from '../../nest/handled-events.js';
import { createIn } from '../../nest/provider.js';
import { type MarkedProvider, markedProviders, marksOf } from './marked-providers.js';
import { PROJECTION_METADATA, PROJECTION_RULES, type ProjectionOptions } from './projection.decorator.js';
import { REACTION_METADATA, REACTION_RULES, type ReactionOptions } from './reaction.decorator.js';
import { termsOf } from './reaction-terms.js';
import { RowEntities } from './row-entities.js';

/** Finds the projections, reactions and process managers of the modules that work with this event store. */
@Injectable()
export class FoldingDiscovery {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly registry: EventRegistry,
    private readonly entities: RowEntities,
    private readonly steps: ProcessSteps,
    private readonly streams: AggregateStreams,
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

  private async foldingOf({ metatype, instance, host }: MarkedProvider): Promise<Folding> {
    requireOneMark(metatype);
    const eventClasses = handledEvents(metatype);
    if (eventClasses.length === 0) {
      throw new Error(`${nameOf(metatype)} (${metatype.name}) handles no event: add @EventsHandler(...).`);
    }
    this.registry.register(...eventClasses);
    if (Reflect.hasMetadata(PROCESS_METADATA, metatype))
      return this.processOf({ metatype, instance, host }, eventClasses);
    if (typeof instance.handle !== 'function') {
      throw new Error(`${metatype.name} has no method "handle", which takes the events.`);
    }
    const reaction: unknown = Reflect.getMetadata(REACTION_METADATA, metatype);
    if (reaction !== undefined) {
      const owner = `@Reaction of ${metatype.name}`;
      const options = resolveOptions(reaction, REACTION_RULES, owner) as ReactionOptions;
      return Folding.reaction(instance, eventClasses, options, termsOf(metatype, options));
    }
    const options = resolveOptions(
      Reflect.getMetadata(PROJECTION_METADATA, metatype),
      PROJECTION_RULES,
      `@Projection of ${metatype.name}`,
    ) as ProjectionOptions;
    return Folding.projection(instance, eventClasses, options, await this.metadataOf(options));
  }

  private async processOf(
    { metatype, instance, host }: MarkedProvider,
    eventClasses: readonly EventClass[],
  ): Promise<Folding> {
    if (!(instance instanceof ProcessManager)) {
      throw new Error(`${metatype.name} is a @Process: it must extend ProcessManager.`);
    }
    this.steps.requireLog();
    const bus = await commandBusOf(host);
    const definition = definitionOf(instance, bus);
    requireOwnStreams(definition.name, metatype, this.streams.aggregateClasses);
    if (definition.sendsCommands && bus === undefined) {
      throw new Error(
        `${metatype.name} sends commands, and there is no CommandBus: import CqrsModule.forRoot() in the root module.`,
      );
    }
    this.registry.register(...OWN_INPUTS, ProcessStepped);
    const { steps } = this;
    return Folding.process(
      { definition, begin: (manager, keyOf) => steps.begin(manager, definition, keyOf) },
      [...eventClasses, ...OWN_INPUTS],
      processOptionsOf(metatype),
    );
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
  const options: unknown =
    Reflect.getMetadata(PROJECTION_METADATA, metatype) ??
    Reflect.getMetadata(REACTION_METADATA, metatype) ??
    Reflect.getMetadata(PROCESS_METADATA, metatype);
  return (options as { name: string }).name;
}

/** A class that extends a marked one has its mark as well. */
function requireOneMark(metatype: Type<object>): void {
  const [first, second] = marksOf(metatype);
  if (second === undefined) return;
  throw new Error(
    `${metatype.name} is a @${first} and a @${second}: it must be one of them, since each has a checkpoint of its ` +
      'own. Give each a class of its own.',
  );
}

/** The aggregate could not load its own events among the steps of the process, and the log keeps both. */
function requireOwnStreams(
  name: string,
  { name: className }: Type<object>,
  aggregateClasses: readonly AggregateClass<any>[],
): void {
  const owner = aggregateClasses.find(({ stream }) => stream === name);
  if (owner === undefined) return;
  throw new Error(
    `@Process of ${className}: name is '${name}', and the streams "${name}-<id>" are those of ${owner.name}: give the ` +
      'process another name.',
  );
}

function requireOwnNames(foldings: readonly Folding[]): void {
  const names = foldings.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice === undefined) return;
  throw new Error(
    `Two projections, reactions or processes are named "${twice}". The name is their checkpoint: change one.`,
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
