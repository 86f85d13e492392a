import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { StoredState } from './aggregate-root.js';
import { ResolvedOptions } from '../options.js';

/** Versions from one state that is kept of the past to the next: as many events as one page has. */
export const WAYPOINT = 500;

/**
 * The states of the aggregates that this process used last, by stream. A stream only grows, so an entry is at worst
 * behind: the expected version of an append catches that, and whatever is not appended is checked by a read.
 */
@Injectable()
export class AggregateCache {
  private readonly entries: LRUCache<string, StoredState> | undefined;
  /** States on the way to past ones, by stream and version: they do not push hot aggregates out. */
  private readonly waypoints: LRUCache<string, StoredState> | undefined;

  constructor({ cache }: ResolvedOptions) {
    if (cache === false) return;
    this.entries = new LRUCache({ max: cache.maxAggregates });
    this.waypoints = new LRUCache({ max: cache.maxAggregates });
  }

  get(streamId: string): StoredState | undefined {
    return this.entries?.get(streamId);
  }

  /** Takes only what was committed. A slow load never puts an older state over a newer one. */
  put(streamId: string, stored: StoredState): void {
    const known = this.entries?.peek(streamId);
    if (known === undefined || known.version < stored.version) this.entries?.set(streamId, stored);
  }

  drop(streamId: string): void {
    this.entries?.delete(streamId);
  }

  /** Keeps a state of the past at each 500th version, from which other questions about the past go on. */
  putWaypoint(streamId: string, stored: StoredState): void {
    this.waypoints?.set(`${streamId}@${stored.version}`, stored);
  }

  /** The newest one that is kept, of a version up to this one. */
  waypoint(streamId: string, upTo: number): StoredState | undefined {
    if (this.waypoints === undefined || this.waypoints.size === 0) return undefined;
    for (let version = upTo - (upTo % WAYPOINT); version > 0; version -= WAYPOINT) {
      const known = this.waypoints.get(`${streamId}@${version}`);
      if (known !== undefined) return known;
    }
    return undefined;
  }
}
