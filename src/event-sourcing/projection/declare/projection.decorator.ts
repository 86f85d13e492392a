import { SetMetadata, type Type } from '@nestjs/common';
import type { DomainEvent, Recorded } from '../../event/domain-event.js';
import { NAME, type Rule, wholeNumber } from '../../options/rules.js';
import { MAX_INTEGER } from '../../postgres/integer.js';
import { KEY, PARTITIONS, ROWS } from './declaration-rules.js';

/** The rows of one entity that the events of a projection touch. */
export interface TouchedRows {
  entity: Type<object>;
  /**
   * Returns the primary key of the row that an event touches, as a part of the entity; an array for several rows;
   * undefined for none.
   */
  key: (event: any) => object | readonly object[] | undefined;
}

export interface ProjectionOptions {
  /** The durable name of the checkpoint, also in routes and metrics. Never reuse one. */
  name: string;
  /**
   * Raise it when the fold or the rows change: the rows are then rebuilt beside the living ones, and exchanged.
   * Range: 0 to 2,147,483,647.
   */
  revision: number;
  /** The rows to fetch, all at once, before a batch of events is folded. A table belongs to one projection. */
  rows: readonly TouchedRows[];
  /**
   * The key of an event. Events of one key are folded in order, and a failure parks only its key. Events of different
   * keys must not touch the same row. Give the name of a property of the data that all schema versions have, or a
   * function of the event. With a property, each partition reads only its own events. A changed key needs a new
   * revision. Default: the primary key in the first entry of `rows`.
   */
  key?: string | ((event: any) => string);
  /**
   * How many parts fold side by side, each with its own checkpoint: 1 to 256. A changed number causes a rebuild.
   * Default: 1.
   */
  partitions?: number;
}

export const PROJECTION_RULES: Record<keyof ProjectionOptions, Rule> = {
  name: NAME,
  revision: wholeNumber(0, MAX_INTEGER),
  rows: ROWS,
  key: KEY,
  partitions: PARTITIONS,
};

/** Implemented by a projection whose rows depend on configuration as well as on events. */
export interface FoldsWithSettings {
  /** A part of the revision: rows that were folded with other settings are rebuilt. */
  readonly foldSettings: string;
}

/**
 * Makes an `@EventsHandler` class a durable projection. It gets its events in log order, one at a time. Its rows commit
 * together with the position up to which they are folded.
 */
export const Projection = (options: ProjectionOptions): ClassDecorator =>
  SetMetadata(PROJECTION_METADATA, options);

export const PROJECTION_METADATA = 'eventfold:projection' as const;

/**
 * Typed shorthand for an entry of `rows`.
 *
 * @param key returns the primary key of the row that an event touches; an array for several rows of the table;
 * undefined or an empty array for none. When the first entry of `rows` gives several keys for an event, the projection
 * needs the option `key`.
 */
export function touches<Row extends object, Event extends DomainEvent>(
  entity: Type<Row>,
  key: (event: Recorded<Event>) => Partial<Row> | readonly Partial<Row>[] | undefined,
): TouchedRows {
  return { entity, key };
}

/** The result of `key` of `TouchedRows`, as a list. */
export function listOf(touched: object | readonly object[] | undefined): readonly object[] {
  if (touched === undefined) return NONE;
  return Array.isArray(touched) ? (touched as readonly object[]) : [touched];
}

const NONE: readonly object[] = [];
