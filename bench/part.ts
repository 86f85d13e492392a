import type { Claim } from './report/claim.js';
import type { Measurement } from './figures.js';
import type { Progress } from './progress.js';

/** The parameters with which a part of the benchmarks runs. */
export interface PartContext {
  /** An empty database for the part, on the server that all parts share. */
  url: string;
  rounds: number;
  /** The time of one contender in one round, in ms. */
  sliceMs: number;
  /** Events in the log of a catch-up. */
  events: number;
  /** Events in the log of the parts that need a large one. */
  log: number;
  /** Events in the tables of the size part. */
  sizes: readonly number[];
  /** The time of the load, in ms. */
  loadMs: number;
  /** Aborted when the user ends the run. */
  stop: AbortSignal;
  progress: Progress;
}

export interface Part {
  name: string;
  /** A short description, in half a line. */
  about: string;
  /** The part takes long, and so runs only on request. */
  long?: true;
  needsPeers?: true;
  /** In each kind of work, the first contender is the one with which the others are compared. */
  run(context: PartContext): Promise<Measurement[]>;
  claims: readonly Claim[];
}
