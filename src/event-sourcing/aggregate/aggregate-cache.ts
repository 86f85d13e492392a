import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { StoredState } from './aggregate-root.js';
import { ResolvedOptions } from '../options.js';
import type { CacheOptions } from '../options/event-sourcing-options.js';
import { stateSize } from './state-size.js';

/** Distance in versions between two kept past states: as many events as one page has. */
export const WAYPOINT = 500;

/**
 * The states of the aggregates that this process used last, by stream. A stream only grows, so an entry can only be
 * behind, never wrong. The expected version of an append catches an entry that is behind; every other use reads the
 * newer events first.
 */
@Injectable()
export class AggregateCache {
  private readonly entries: LRUCache<string, StoredState> | undefined;
  /**
   * Past states, by stream and version. They have a cache of their own, so that they do not push hot aggregates out.
   */
  private readonly waypoints: LRUCache<string, StoredState> | undefined;

  private cleared = 0;

  constructor({ cache }: ResolvedOptions) {
    if (cache === false) return;
    this.entries = boundedBy(cache);
    this.waypoints = boundedBy(cache);
  }

  /** How often it was cleared. Work that began before the last time may know another server: nothing of it is kept. */
  get generation(): number {
    return this.cleared;
  }

  get(streamId: string): StoredState | undefined {
    return this.entries?.get(streamId);
  }

  /**
   * Takes committed states only. A slow load never replaces a newer state by an older one.
   *
   * @param generation when the load or the append began
   */
  put(streamId: string, stored: StoredState, generation: number): void {
    if (generation !== this.generation) return;
    const known = this.entries?.peek(streamId);
    if (known === undefined || known.version < stored.version) this.entries?.set(streamId, stored);
  }

  drop(streamId: string): void {
    this.entries?.delete(streamId);
  }

  /** Drops all states: another server may lack their last events. */
  clear(): void {
    this.cleared++;
    this.entries?.clear();
    this.waypoints?.clear();
  }

  /** Keeps a past state, one at each 500th version. Later questions about the past begin there. */
  putWaypoint(streamId: string, stored: StoredState, generation: number): void {
    if (generation !== this.generation) return;
    this.waypoints?.set(`${streamId}@${stored.version}`, stored);
  }

  /** The newest kept state of at most this version. */
  waypoint(streamId: string, upTo: number): StoredState | undefined {
    if (this.waypoints === undefined || this.waypoints.size === 0) return undefined;
    for (let version = upTo - (upTo % WAYPOINT); version > 0; version -= WAYPOINT) {
      const known = this.waypoints.get(`${streamId}@${version}`);
      if (known !== undefined) return known;
    }
    return undefined;
  }
}

/** What an entry takes besides the state, about, in bytes. */
const ENTRY = 200;

const boundedBy = ({ maxAggregates, maxBytes }: CacheOptions): LRUCache<string, StoredState> =>
  new LRUCache({
    max: maxAggregates,
    maxSize: maxBytes,
    sizeCalculation: ({ state }) => ENTRY + stateSize(state),
  });
