import type { Client } from 'pg';
import { type Bench } from '../bench.js';
import { inTurn, type Measurement } from '../measure.js';
import { withClient } from '../server.js';
import { countEvents } from './read-log.js';
import { checkRows } from './read-model-rows.js';

/** A program that folds the log into rows. */
export interface Folder {
  name: string;
  /** Folds from the first event to position `upTo`, from no rows on. Resolves with the ms that it took. */
  fold(upTo: number): Promise<number>;
  /** Selects the rows, by table of the read model, with its columns. A mere reader has none. */
  rows?: Readonly<Record<string, string>>;
  /**
   * In the rounds that count it gets the beginning of the log only: the whole would take minutes, and a rate is a rate.
   */
  slow?: true;
}

/** The events to fold, and the programs that fold them. */
export interface FoldingWork {
  work: string;
  /** Of the events that are folded: only those are counted. */
  types: readonly string[];
  folders: readonly Folder[];
  /** Position of the last event. */
  head: number;
}

/** Positions that slow contenders get in the rounds that count. */
const BEGINNING = 10_000;

/** The first round, which does not count, takes the whole log, and its rows must be those of Eventfold. */
export function foldInTurn(bench: Bench, { work, folders, ...log }: FoldingWork): Promise<Measurement[]> {
  const rounds = folders.map((folder) => [folder.name, roundsOf(bench, folder, log)] as const);
  return inTurn(bench, { work, unit: 'events/s' }, Object.fromEntries(rounds));
}

function roundsOf(
  { url }: Bench,
  folder: Folder,
  { types, head }: Pick<FoldingWork, 'types' | 'head'>,
): () => Promise<{ rate: number }> {
  let isFirst = true;
  return async () => {
    const upTo = folder.slow && !isFirst ? Math.min(BEGINNING, head) : head;
    const ms = await folder.fold(upTo);
    if (isFirst) await checkRows(url, folder);
    isFirst = false;
    const events = await withClient(url, (client) => countEvents(client, { upTo, types }));
    return { rate: events / (ms / 1_000) };
  };
}

/** Does `work` on a connection of its own, and times that alone. */
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
