import type { Type } from '@nestjs/common';
import type { IEventHandler } from '@nestjs/cqrs';
import type { EntityManager, EntityMetadata } from 'typeorm';
import type { DomainEvent, EventClass, Recorded, StoredEvent } from '../../event/domain-event.js';
import { storableKey, toKey } from '../../event/storable-key.js';
import type { ProcessDefinition } from '../../process/declare/process-definition.js';
import { addresseeOf } from '../../process/declare/process-events.js';
import type { ResolvedProcessOptions } from '../../process/declare/process.decorator.js';
import type { ProcessBatch } from '../../process/step/process-batch.js';
import type { Build } from '../build.js';
import { type FoldsWithSettings, listOf, type ProjectionOptions } from './projection.decorator.js';
import type { ReactionOptions } from './reaction.decorator.js';
import type { ReactionTerms } from './reaction-terms.js';
import { RowTable } from '../columns/row-table.js';
import { partitionOfKey } from './key-partition.js';

export interface TouchedTable {
  table: RowTable<any>;
  /** The keys of the rows that an event touches. */
  keys: (event: any) => readonly object[];
}

type MetadataOf = (entity: Type<object>) => EntityMetadata;

type Handler = IEventHandler<Recorded<DomainEvent>> & Partial<FoldsWithSettings>;

/** Most events that one turn of a process manager handles: the log is locked while it appends a step for each. */
const STEPS_AT_ONCE = 500;

/** What makes the steps of a process manager in a turn. */
interface Stepping {
  definition: ProcessDefinition;
  begin: (manager: EntityManager, keyOf: (event: Recorded<DomainEvent>) => string) => ProcessBatch;
}

/**
 * A projection, a reaction or a process manager as the runner sees it: its handler, the events it wants and the tables
 * it fills.
 */
export class Folding {
  readonly name: string;
  /** `1`, or with settings `1 halfLife=24h`. */
  readonly revision: string;
  readonly partitions: number;
  readonly startsAt: 'beginning' | 'end';
  readonly eventTypes: readonly string[];
  /** Most events that one transaction handles: the work of a reaction cannot be rolled back with that of others. */
  readonly eventsAtOnce: number;
  private readonly builds: Readonly<Record<Build, readonly TouchedTable[]>>;
  /** The property of the data that is the key; undefined when the key is computed. */
  readonly keyProperty: string | undefined;
  /** Whether the key is computed by a function of the projection. */
  readonly isKeyComputed: boolean;
  private readonly key: (event: any) => string | undefined;
  /** How a reaction works; none of a projection. */
  private terms: ReactionTerms = {};
  private stepping: Stepping | undefined;

  private constructor(
    readonly handler: Handler,
    eventClasses: readonly EventClass[],
    options: ProjectionOptions & Pick<ReactionOptions, 'startsAt'>,
    metadataOf: MetadataOf,
    readonly kind: 'projection' | 'reaction' | 'process',
  ) {
    this.name = options.name;
    this.revision = [options.revision, handler.foldSettings].filter((part) => part !== undefined).join(' ');
    this.partitions = options.partitions ?? 1;
    this.startsAt = options.startsAt ?? 'beginning';
    this.eventTypes = eventClasses.map((eventClass) => eventClass.type);
    this.eventsAtOnce = { projection: Infinity, reaction: 1, process: STEPS_AT_ONCE }[kind];
    const tablesOf = (build: Build) =>
      options.rows.map(({ entity, key }) => ({
        table: new RowTable(entity, metadataOf(entity), build),
        keys: (event: unknown) => listOf(key(event)),
      }));
    this.builds = { live: tablesOf('live'), rebuild: tablesOf('rebuild') };
    const [first] = this.builds.live;
    const { key = (event: any) => first && describeKey(first, event) } = options;
    this.keyProperty = typeof key === 'string' ? key : undefined;
    this.isKeyComputed = typeof options.key === 'function';
    this.key = typeof key === 'string' ? (event) => toKey(event.data[key]) : key;
  }

  static projection(
    handler: Handler,
    eventClasses: readonly EventClass[],
    options: ProjectionOptions,
    metadataOf: MetadataOf,
  ): Folding {
    return new Folding(handler, eventClasses, options, metadataOf, 'projection');
  }

  static reaction(
    handler: Handler,
    eventClasses: readonly EventClass[],
    options: ReactionOptions,
    terms: ReactionTerms = {},
  ): Folding {
    const withDefaults = { startsAt: 'end', revision: 1, ...options, rows: [] } as const;
    const folding = new Folding(handler, eventClasses, withDefaults, hasNoRows, 'reaction');
    folding.terms = terms;
    return folding;
  }

  /** The length of the lease of its handler, in ms; undefined when it works in the turn's transaction. */
  get leaseMs(): number | undefined {
    return this.terms.leaseMs;
  }

  /** How a failed event is retried without an operator; undefined when it is not. */
  get retry(): ReactionTerms['retry'] {
    return this.terms.retry;
  }

  static process(
    stepping: Stepping,
    eventClasses: readonly EventClass[],
    { name, revision, partitions, startsAt }: ResolvedProcessOptions,
  ): Folding {
    const { definition } = stepping;
    // An event without a key is parked under the id of its stream.
    const keyOf = (event: any) => toKey(definition.givenKey(event)) || event.streamId;
    const options = {
      name,
      revision,
      partitions,
      startsAt,
      rows: [],
      key: (event: any): string => addresseeOf(event)?.key ?? keyOf(event),
    };
    const folding = new Folding(NO_HANDLER, eventClasses, options, hasNoRows, 'process');
    folding.stepping = stepping;
    return folding;
  }

  /** The process manager; undefined for a projection or a reaction. */
  get process(): ProcessDefinition | undefined {
    return this.stepping?.definition;
  }

  /** The steps of a process manager in one turn; undefined for a projection or a reaction. */
  beginSteps(manager: EntityManager): ProcessBatch | undefined {
    return this.stepping?.begin(manager, (event) => this.keyOf(event));
  }

  /** Whether an event is an input of another process manager. */
  isForAnother(event: Pick<StoredEvent, 'type' | 'data'>): boolean {
    if (this.stepping === undefined) return false;
    const addressee = addresseeOf(event);
    return addressee !== undefined && addressee.process !== this.name;
  }

  tables(build: Build): readonly TouchedTable[] {
    return this.builds[build];
  }

  get entities(): Type<object>[] {
    return this.builds.live.map(({ table }) => table.entity);
  }

  /** The values of which the key of an event is made. Unlike `keyOf`, it does not catch errors. */
  partsOfKey(event: { data: any }): readonly unknown[] {
    if (this.keyProperty !== undefined) return [event.data[this.keyProperty]];
    const [first] = this.builds.live;
    return this.isKeyComputed || first === undefined
      ? [this.key(event)]
      : Object.values(first.keys(event)[0] ?? {});
  }

  /** The key of the event, in the form that is stored. */
  keyOf(event: Pick<StoredEvent, 'streamId'>): string {
    return storableKey(this.wholeKeyOf(event));
  }

  /** The partition of a computed key. For a key that is a property of the data, the source of events computes it. */
  partitionOf(event: Pick<StoredEvent, 'streamId'>, partitions: number): number {
    return partitionOfKey(this.wholeKeyOf(event), partitions);
  }

  /** The whole key; the stream when the projection names none, or throws. */
  private wholeKeyOf(event: Pick<StoredEvent, 'streamId'>): string {
    try {
      return this.key(event) || event.streamId;
    } catch (error) {
      if (error instanceof AmbiguousKeyError) throw error;
      return event.streamId;
    }
  }
}

/** The projection does not declare the key of its events, and its rows do not tell. */
class AmbiguousKeyError extends Error {}

/** A process manager has steps instead. */
const NO_HANDLER: Handler = { handle: () => undefined };

function hasNoRows(): never {
  throw new Error('A reaction and a process have no rows.');
}

function describeKey({ table, keys }: TouchedTable, event: unknown): string | undefined {
  const [touched, ...others] = keys(event);
  if (others.length === 0) return touched && table.describe(touched);
  throw new AmbiguousKeyError(
    `The event touches ${others.length + 1} rows of ${table.entity.name}: ` +
      'say by "key" of @Projection what belongs together.',
  );
}
