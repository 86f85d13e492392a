import { Injectable, Optional, type Type } from '@nestjs/common';
import { DiscoveryService, ModuleRef } from '@nestjs/core';
import type { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';
import { randomUUID } from 'node:crypto';
import type { EntityMetadata } from 'typeorm';
import type { EventClass } from '../domain-event.js';
import { EventRegistry } from '../event-registry.js';
import { LogSignal } from '../log-signal.js';
import { ResolvedOptions } from '../options.js';
import { requireTables } from '../required-tables.js';
import { requireStoredColumns } from './columns/stored-columns.sql.js';
import { Folding } from './folding.js';
import { LogListener } from './log-listener.js';
import { PROJECTION_METADATA, type ProjectionOptions } from './projection.decorator.js';
import { ProjectionProgress } from './projection-progress.js';
import type { ProjectionRunner } from './projection-runner.js';
import { ProjectionWorker } from './projection-worker.js';
import { REACTION_METADATA, type ReactionOptions } from './reaction.decorator.js';
import { Rebuilds } from './rebuilds.js';
import { RowEntities } from './row-entities.js';
import { Turns } from './turn.js';
import { endWork, reportWork } from './workers.sql.js';
import { Database } from '../postgres/database.js';

/** Where `@EventsHandler` of @nestjs/cqrs notes the event classes. */
export const EVENTS_HANDLER_METADATA = '__eventsHandler__';

/** How often a process that runs projections looks whether it has something new to say, in ms. */
const LOOK_MS = 100;
/** How often it gives a sign of life at least, in ms. */
const REPORT_MS = 5_000;

/** Finds the projections and reactions of the modules that work with this event store, and runs them. */
@Injectable()
export class Projections {
  private found: readonly Folding[] = [];
  private workers: readonly ProjectionWorker[] = [];
  private reporting: NodeJS.Timeout | undefined;
  private lastReport = { text: '', at: -Infinity, sending: Promise.resolve() };
  private readonly id = randomUUID();

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly database: Database,
    private readonly registry: EventRegistry,
    private readonly entities: RowEntities,
    private readonly turns: Turns,
    private readonly rebuilds: Rebuilds,
    private readonly signal: LogSignal,
    private readonly listener: LogListener,
    private readonly progress: ProjectionProgress,
    private readonly options: ResolvedOptions,
  ) {}

  /** Those of this application, whether this process runs them or not. */
  get foldings(): readonly Folding[] {
    return this.found;
  }

  /** What this process runs; nothing with `projections: false`. */
  get running(): readonly ProjectionWorker[] {
    return this.workers;
  }

  /** The runners of this process. */
  get runners(): readonly ProjectionRunner[] {
    return this.workers.flatMap(({ runners }) => runners);
  }

  /**
   * Resolves when all are known to the database: what is appended from then on comes to them.
   *
   * @throws MissingTablesError when the database lacks tables that they, or the event store, work with
   * @throws UnsupportedColumnError when an entity or a table of a projection has a column that cannot be folded right
   */
  async start(): Promise<void> {
    this.found = await this.discover();
    if (this.options.requireTables) await requireTables(this.database.statements, this.options, this.found);
    await requireStoredColumns(this.database.statements, this.found);
    this.progress.register(this.found.map(({ name }) => name));
    if (!this.options.projections || this.found.length === 0) return;
    const { database, turns, rebuilds, signal, options } = this;
    this.workers = this.found.map(
      (folding) =>
        new ProjectionWorker(folding, { database, turns, rebuilds, signal, options }, (share, position) =>
          this.progress.advance(share, position),
        ),
    );
    this.listener.start();
    this.report();
    this.reporting = setInterval(() => this.report(), LOOK_MS);
    await Promise.all(this.workers.map((worker) => worker.start()));
  }

  /** Ends after the turns under way. Can be called again. */
  async stop(): Promise<void> {
    clearInterval(this.reporting);
    await Promise.all([...this.workers, this.listener].map((part) => part.stop()));
    await this.lastReport.sending;
    if (this.workers.length > 0) {
      await endWork(this.database.statements, this.options, this.id).catch(() => undefined);
    }
  }

  /** A sign of life that fails to be given is one that is missing: the next comes soon. */
  private report(): void {
    const reports = this.workers.map(({ folding, status }) => ({ projection: folding.name, ...status }));
    const text = JSON.stringify(reports);
    const at = performance.now();
    if (text === this.lastReport.text && at - this.lastReport.at < REPORT_MS) return;
    const sending = reportWork(this.database.statements, this.options, this.id, reports).catch(
      () => undefined,
    );
    this.lastReport = { text, at, sending };
  }

  private async discover(): Promise<Folding[]> {
    const foldings: Folding[] = [];
    const owners = new Map<Type<object>, string>();
    for (const { instance, metatype, host } of this.discovery.getProviders()) {
      if (typeof metatype !== 'function' || instance === undefined || instance === null) continue;
      const options = optionsOf(metatype);
      if (options === undefined || !(await this.isIn(host!, options.name))) continue;
      const folding = await this.foldingOf(metatype as Type<object>, instance);
      if (foldings.some(({ name }) => name === folding.name)) {
        throw new Error(
          `Two projections or reactions are named "${folding.name}". The name is their checkpoint: change one.`,
        );
      }
      for (const entity of folding.entities) {
        const owner = owners.get(entity);
        if (owner !== undefined) {
          throw new Error(
            `The rows of ${entity.name} are filled by "${owner}" and by "${folding.name}". Each could undo what the ` +
              'other did: give each a table of its own.',
          );
        }
        owners.set(entity, folding.name);
      }
      foldings.push(folding);
    }
    return foldings;
  }

  /** Whether a module works with this event store: whether this is what it would be given. */
  private async isIn(module: NonNullable<InstanceWrapper['host']>, name: string): Promise<boolean> {
    const { instance: moduleRef } = module.getProviderByKey<ModuleRef>(ModuleRef);
    const { projections } = await moduleRef.create(ProjectionsOfModule);
    if (projections !== undefined) return projections === this;
    throw new Error(
      `The module of "${name}", ${module.name}, works with no event store: ` +
        'import EventSourcingModule.forFeature({ store }) in it.',
    );
  }

  private async foldingOf(metatype: Type<object>, instance: any): Promise<Folding> {
    const projection = Reflect.getMetadata(PROJECTION_METADATA, metatype) as ProjectionOptions | undefined;
    const eventClasses: EventClass[] = Reflect.getMetadata(EVENTS_HANDLER_METADATA, metatype) ?? [];
    if (eventClasses.length === 0) {
      throw new Error(
        `${optionsOf(metatype)!.name} (${metatype.name}) handles no event: add @EventsHandler(...).`,
      );
    }
    this.registry.register(...eventClasses);
    if (projection === undefined) return Folding.reaction(instance, eventClasses, optionsOf(metatype)!);
    return Folding.projection(instance, eventClasses, projection, await this.metadataOf(projection));
  }

  private async metadataOf({ rows }: ProjectionOptions): Promise<(entity: Type<object>) => EntityMetadata> {
    const entries = rows.map(async ({ entity }) => [entity, await this.entities.metadataOf(entity)] as const);
    const all = new Map(await Promise.all(entries));
    return (entity) => all.get(entity)!;
  }
}

@Injectable()
class ProjectionsOfModule {
  constructor(@Optional() readonly projections?: Projections) {}
}

function optionsOf(metatype: object): ProjectionOptions | ReactionOptions | undefined {
  const of = (key: string) => Reflect.getMetadata(key, metatype) as never;
  return of(PROJECTION_METADATA) ?? of(REACTION_METADATA);
}
