import type { Type } from '@nestjs/common';
import type { IEventHandler } from '@nestjs/cqrs';
import type { EntityMetadata } from 'typeorm';
import type { DomainEvent, EventClass, Recorded, StoredEvent } from '../../event/domain-event.js';
import type { Build } from '../build.js';
import { type FoldsWithSettings, listOf, type ProjectionOptions } from './projection.decorator.js';
import type { ReactionOptions } from './reaction.decorator.js';
import { RowTable } from '../columns/row-table.js';
import { partitionOfKey, toKey } from './key-partition.js';
import { storableKey } from './storable-key.js';

export interface TouchedTable {
  table: RowTable<any>;
  /** The keys of the rows that an event touches. */
  keys: (event: any) => readonly object[];
}

type MetadataOf = (entity: Type<object>) => EntityMetadata;

type Handler = IEventHandler<Recorded<DomainEvent>> & Partial<FoldsWithSettings>;

/** A projection or a reaction as the runner sees it: its handler, the events it wants and the tables it fills. */
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

  private constructor(
    readonly handler: Handler,
    eventClasses: readonly EventClass[],
    options: ProjectionOptions & Pick<ReactionOptions, 'startsAt'>,
    metadataOf: MetadataOf,
    readonly kind: 'projection' | 'reaction',
  ) {
    this.name = options.name;
    this.revision = [options.revision, handler.foldSettings].filter((part) => part !== undefined).join(' ');
    this.partitions = options.partitions ?? 1;
    this.startsAt = options.startsAt ?? 'beginning';
    this.eventTypes = eventClasses.map((eventClass) => eventClass.type);
    this.eventsAtOnce = kind === 'reaction' ? 1 : Infinity;
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

  static reaction(handler: Handler, eventClasses: readonly EventClass[], options: ReactionOptions): Folding {
    const withDefaults = { startsAt: 'end', revision: 1, ...options, rows: [] } as const;
    return new Folding(handler, eventClasses, withDefaults, hasNoRows, 'reaction');
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
      return this.key(event) ?? event.streamId;
    } catch (error) {
      if (error instanceof AmbiguousKeyError) throw error;
      return event.streamId;
    }
  }
}

/** The projection does not declare the key of its events, and its rows do not tell. */
class AmbiguousKeyError extends Error {}

function hasNoRows(): never {
  throw new Error('A reaction has no rows.');
}

function describeKey({ table, keys }: TouchedTable, event: unknown): string | undefined {
  const [touched, ...others] = keys(event);
  if (others.length === 0) return touched && table.describe(touched);
  throw new AmbiguousKeyError(
    `The event touches ${others.length + 1} rows of ${table.entity.name}: ` +
      'say by "key" of @Projection what belongs together.',
  );
}
