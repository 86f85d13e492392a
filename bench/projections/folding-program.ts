import type { Client } from 'pg';
import { type PartContext } from '../part.js';
import { inTurn } from '../measure.js';
import type { Measurement } from '../figures.js';
import { withClient } from '../server.js';
import { countEvents } from './read-log.js';
import { checkRows } from './read-model-rows.js';

/** A program that folds the log into rows. */
export interface FoldingProgram {
  name: string;
  /** Folds from the first event to position `upTo`, without rows at the start. Resolves with the time in ms. */
  fold(upTo: number): Promise<number>;
  /** Selects the rows, by table of the read model, with its columns. A mere reader has none. */
  rows?: Readonly<Record<string, string>>;
  /**
   * The rounds that count give it only the beginning of the log: the whole would take minutes, and the rate is the
   * same.
   */
  slow?: true;
}

/** The events to fold, and the programs that fold them. */
export interface FoldingWork {
  work: string;
  /** The types of the folded events: only these are counted. */
  types: readonly string[];
  programs: readonly FoldingProgram[];
  /** Position of the last event. */
  head: number;
}

/** The number of positions that slow contenders get in the rounds that count. */
const BEGINNING = 10_000;

/** The first round does not count. It takes the whole log, and its rows must be those of Eventfold. */
export function foldInTurn(
  context: PartContext,
  { work, programs, ...log }: FoldingWork,
): Promise<Measurement[]> {
  const rounds = programs.map((program) => [program.name, roundsOf(context, program, log)] as const);
  return inTurn(context, { work, unit: 'events/s' }, Object.fromEntries(rounds));
}

function roundsOf(
  { url }: PartContext,
  program: FoldingProgram,
  { types, head }: Pick<FoldingWork, 'types' | 'head'>,
): () => Promise<{ rate: number }> {
  let isFirst = true;
  return async () => {
    const upTo = program.slow && !isFirst ? Math.min(BEGINNING, head) : head;
    const ms = await program.fold(upTo);
    if (isFirst) await checkRows(url, program);
    isFirst = false;
    const events = await withClient(url, (client) => countEvents(client, { upTo, types }));
    return { rate: events / (ms / 1_000) };
  };
}

/** Runs `work` on a connection of its own, and measures only its time. */
export function timed(
  url: string,
  prepare: string,
  work: (client: Client) => Promise<void>,
): Promise<number> {
  return withClient(url, async (client) => {
    await client.query(prepare);
    const start = performance.now();
    await work(client);
    return performance.now() - start;
  });
}
