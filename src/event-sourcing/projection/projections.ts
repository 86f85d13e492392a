import { Injectable } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { DataSource } from 'typeorm';
import type { EventClass } from '../domain-event.js';
import { EventRegistry } from '../event-registry.js';
import { LogSignal } from '../log-signal.js';
import { ResolvedOptions } from '../options.js';
import { Folding } from './folding.js';
import { LogListener } from './log-listener.js';
import { PROJECTION_METADATA, type ProjectionOptions } from './projection.decorator.js';
import { ProjectionProgress } from './projection-progress.js';
import { ProjectionRunner } from './projection-runner.js';
import { Turns } from './turn.js';

/** Where `@EventsHandler` of @nestjs/cqrs notes the event classes. */
const EVENTS_HANDLER_METADATA = '__eventsHandler__';

/** Finds the projections of the application, and runs them. */
@Injectable()
export class Projections {
  private runners: readonly ProjectionRunner[] = [];

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly dataSource: DataSource,
    private readonly registry: EventRegistry,
    private readonly turns: Turns,
    private readonly signal: LogSignal,
    private readonly listener: LogListener,
    private readonly progress: ProjectionProgress,
    private readonly options: ResolvedOptions,
  ) {}

  /** The runners of this process; none with `projections: false`. */
  get running(): readonly ProjectionRunner[] {
    return this.runners;
  }

  start(): void {
    const foldings = this.discover();
    this.progress.register(foldings.map(({ name }) => name));
    if (!this.options.projections) return;
    this.runners = foldings.map(
      (folding) =>
        new ProjectionRunner(folding, this.turns, this.signal, this.options.turns, (position) =>
          this.progress.advance(folding.name, position),
        ),
    );
    if (this.runners.length > 0) this.listener.start();
    for (const runner of this.runners) runner.start();
  }

  /** Ends after the turns under way. Can be called again. */
  async stop(): Promise<void> {
    await Promise.all([...this.runners, this.listener].map((part) => part.stop()));
  }

  private discover(): Folding[] {
    const foldings: Folding[] = [];
    for (const { instance, metatype } of this.discovery.getProviders()) {
      const options: ProjectionOptions | undefined =
        typeof metatype === 'function' ? Reflect.getMetadata(PROJECTION_METADATA, metatype) : undefined;
      if (options === undefined || instance === undefined) continue;
      const eventClasses: EventClass[] = Reflect.getMetadata(EVENTS_HANDLER_METADATA, metatype!) ?? [];
      if (eventClasses.length === 0) {
        throw new Error(
          `Projection ${options.name} (${metatype!.name}) handles no event: add @EventsHandler(...).`,
        );
      }
      if (foldings.some(({ name }) => name === options.name)) {
        throw new Error(
          `Two projections are named "${options.name}". The name is their checkpoint: change one.`,
        );
      }
      this.registry.register(...eventClasses);
      foldings.push(new Folding(options, instance, eventClasses, this.dataSource));
    }
    return foldings;
  }
}
