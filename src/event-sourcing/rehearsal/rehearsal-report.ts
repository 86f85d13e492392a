import type { RehearsedType } from './breakage-count.js';
import type { UnsureBreakage } from './failure-attribution.js';

export interface RehearsalOptions {
  /** Read every event, and every stream with an aggregate, instead of a sample. Default: false. */
  whole?: boolean;
  /** Most events to read from the log, and again from the streams, unless `whole`. Default: 10,000. */
  sample?: number;
  /** The first position to read. Default: 1. From a later position, no projection knows the history of its rows. */
  from?: number;
  /** Different numbers give different samples; the same number gives the same sample of the same log. Default: 1. */
  seed?: number;
  /**
   * Most rows that are kept in memory for each projection while it folds the log from its first event on. Default:
   * 100,000.
   */
  maxRows?: number;
  /** Called after each page. */
  onProgress?: (progress: RehearsalProgress) => void;
  /** Ends the rehearsal: a running statement is cancelled, and `run` throws the reason. */
  signal?: AbortSignal;
}

export interface RehearsalProgress {
  /** Events of the log read so far, of `total`. */
  read: number;
  total: number;
  /** Streams folded into their aggregates. */
  streams: number;
  /** Breakages found so far. */
  broken: number;
}

export interface RehearsalReport {
  /** Whether nothing is broken. */
  ok: boolean;
  /** The last position of the log when the rehearsal began. */
  head: number;
  from: number;
  /** Whether every event from `from` on was read. */
  whole: boolean;
  read: number;
  streams: number;
  /** Every stored type and schema version that was met, with its breakages. */
  types: RehearsedType[];
  /** Errors of projections that may come only from events that were not folded before. */
  unsure: UnsureBreakage[];
  projections: {
    name: string;
    /** Up to this position it folded every event from the first on; after it, it used the living rows. */
    exactUpTo: number;
    /** Why it was not called any more; absent when it was called to the end. */
    halted?: string;
  }[];
  /** Types that this build knows, but that no event read has. */
  unmet: string[];
}
