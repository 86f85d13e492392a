import { SetMetadata, type Type } from '@nestjs/common';
import type { DomainEvent, Recorded } from '../../event/domain-event.js';
import { NAME, type Rule, wholeNumber } from '../../options/rules.js';
import { MAX_INTEGER } from '../../postgres/integer.js';
import { KEY, PARTITIONS, ROWS } from './declaration-rules.js';

/** Which rows of one entity the events of a projection touch. */
export interface TouchedRows {
  entity: Type<object>;
  /**
   * The primary key of the row that an event touches, as a part of the entity; of several, an array; undefined: none.
   */
  key: (event: any) => object | readonly object[] | undefined;
}

export interface ProjectionOptions {
  /** The durable name: checkpoint, routes and metrics go by it. Never reuse one. */
  name: string;
  /** Raise it when the fold or the rows change: the rows are then rebuilt beside the living ones, and exchanged. */
  revision: number;
  /** The rows to fetch before a batch of events is folded, all at once. A table belongs to one projection. */
  rows: readonly TouchedRows[];
  /**
   * What belongs together: events of one key are folded in order, and a failure sets only its key aside. Events of
   * different keys must not touch the same row. A property of the data that all schema versions have, by its name, or a
   * function; with the name, each partition reads its own events only. Another key is another revision. Default: the
   * primary key that the first of `rows` names.
   */
  key?: string | ((event: any) => string);
  /** Parts that fold side by side, each with a checkpoint of its own; another number rebuilds the rows. Default: 1. */
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
  /** Becomes a part of the revision: rows folded with other settings are rebuilt. */
  readonly foldSettings: string;
}

/**
 * Makes an `@EventsHandler` class a durable projection: its events are handed to it in log order, one at a time, and
 * its rows commit together with the position they were folded up to.
 */
export const Projection = (options: ProjectionOptions): ClassDecorator =>
  SetMetadata(PROJECTION_METADATA, options);

export const PROJECTION_METADATA = 'eventfold:projection';

/**
 * Typed shorthand for an entry of `rows`.
 *
 * @param key the primary key of the row that an event touches; an array, where it touches several of the table;
 * undefined or an empty array for none. Where the first of `rows` names several for an event, the projection needs a
 * `key`.
 */
export function touches<Row extends object, Event extends DomainEvent>(
  entity: Type<Row>,
  key: (event: Recorded<Event>) => Partial<Row> | readonly Partial<Row>[] | undefined,
): TouchedRows {
  return { entity, key };
}

/** What `key` of `TouchedRows` has answered, as a list. */
export function listOf(touched: object | readonly object[] | undefined): readonly object[] {
  if (touched === undefined) return NONE;
  return Array.isArray(touched) ? (touched as readonly object[]) : [touched];
}

const NONE: readonly object[] = [];
