import type { Claim } from './report/claim.js';
import type { Measurement } from './measure.js';
import type { Progress } from './progress.js';

/** What a part of the bench is run with. */
export interface Bench {
  /** An empty database of its own, on the server that all parts share. */
  url: string;
  rounds: number;
  /** How long one contender works in one round, in ms. */
  sliceMs: number;
  /** Events in the log that is caught up with. */
  events: number;
  /** Events in the log of the parts that need a large one. */
  log: number;
  /** Events in the tables of the size part. */
  sizes: readonly number[];
  /** How long the load lasts, in ms. */
  loadMs: number;
  /** Aborted when the user has had enough. */
  stop: AbortSignal;
  progress: Progress;
}

export interface Part {
  name: string;
  /** What it does, in half a line. */
  about: string;
  /** So long that it runs only when it is asked for. */
  long?: true;
  needsPeers?: true;
  /** In each kind of work, the contender named first is the one that the others are compared with. */
  run(bench: Bench): Promise<Measurement[]>;
  claims: readonly Claim[];
}
