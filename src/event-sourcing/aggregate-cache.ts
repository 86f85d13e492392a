import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { StoredState } from './aggregate-root.js';
import { ResolvedOptions } from './options.js';

/**
 * The states of the aggregates that this process used last, by stream. A stream only grows, so an entry is at worst
 * behind: the expected version of an append catches that, and whatever is not appended is checked by a read.
 */
@Injectable()
export class AggregateCache {
  private readonly entries: LRUCache<string, StoredState> | undefined;

  constructor({ cache }: ResolvedOptions) {
    this.entries = cache === false ? undefined : new LRUCache({ max: cache.maxAggregates });
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
}
