import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { Folding } from '../declare/folding.js';
import { KeyTrail } from './key-trail.js';

/** The most words that all trails have together: some 100 MB. */
const MAX_WORDS = 4_000_000;
/** A trail that was not asked for during this time, in ms, is dropped. */
const KEPT_MS = 10 * 60_000;

/**
 * The trails of the keys that this process was asked about last. A call takes the trail out while it works on it, so
 * two calls never work on one.
 */
@Injectable()
export class KeyTrails {
  private trails = emptyCache();

  async borrow<Result>(
    { name, revision }: Folding,
    key: string,
    work: (trail: KeyTrail) => Promise<Result>,
  ): Promise<Result> {
    const { trails } = this;
    const place = JSON.stringify([name, revision, key]);
    const trail = trails.get(place) ?? new KeyTrail();
    trails.delete(place);
    try {
      return await work(trail);
    } finally {
      trails.set(place, trail);
    }
  }

  /**
   * Drops all trails, also those that are in use now: another server may lack the last events of the log, or a person
   * was erased.
   */
  clear(): void {
    this.trails = emptyCache();
  }
}

const emptyCache = () =>
  new LRUCache<string, KeyTrail>({
    maxSize: MAX_WORDS,
    sizeCalculation: ({ size }) => size,
    ttl: KEPT_MS,
  });
