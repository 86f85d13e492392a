import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomInt } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '../../bench/simulate/random.js';
import {
  findFaults,
  isDuplicate,
  type LogRow,
  readHistory,
  type SentAppend,
} from '../support/log/append-history.js';
import { FlakyLine } from '../support/servers/flaky-line.js';
import { damages } from '../support/log/log-damages.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { WriterProcess } from '../support/processes/writer-processes.js';

const PROCESSES = 8;
const WRITERS = 8;
/** The time of writing. */
const RUN_MS = 6_000;
/** Repeats the draws of the writers. The machine decides how they meet. */
const seed = Number(process.env.WRITERS_SEED ?? randomInt(2 ** 31));

const TOLD = [
  'appended',
  'duplicate',
  'RolledBack',
  'ConcurrencyError',
  'InvalidAppendError',
  'PartialDuplicateError',
];

/**
 * Many writers in several processes append to one log while connections are cut and a process is killed. Their answers,
 * and what a reader of the log saw at the time, are then compared with the log.
 */
describe(`${PROCESSES * WRITERS} writers in ${PROCESSES} processes (WRITERS_SEED=${seed})`, () => {
  const random = new Random(`${seed}/mishaps`);
  const mishaps = { connectionsCut: 0, answersLost: 0, unansweredAtKill: 0 };
  let database: TestDatabase;
  let line: FlakyLine;
  let directory: string;
  let processes: WriterProcess[];
  let failures: string[];
  let history: SentAppend[];
  let log: LogRow[];
  const followed: LogRow[] = [];
  let troubleAt = 0;

  beforeAll(async () => {
    database = await createTestDatabase();
    line = await FlakyLine.to(database.url);
    directory = await mkdtemp(join(tmpdir(), 'eventfold-writers-'));
    const options = { url: line.url, seed, writers: WRITERS, directory };
    processes = Array.from(
      { length: PROCESSES },
      (_, number) => new WriterProcess({ ...options, name: `p${number}` }),
    );
    await Promise.all(processes.map((each) => each.start()));
    await whileDoing(lettingThemWrite, followLog, makeTrouble);
    await followLog();
    log = await readLog(0);
    history = written();
  }, 180_000);
  afterAll(async () => {
    await Promise.all(processes.map((each) => each.kill()));
    await line.close();
    await database.drop();
    await rm(directory, { recursive: true });
  });

  it('find every acknowledged append in the log once, where it was said to be, and no refused one', () => {
    expect(failures).toEqual([]);
    expect(findFaults(log, history).slice(0, 20)).toEqual([]);
  });

  it('were followed by a reader that saw every event once and in order', () => {
    expect(followed).toEqual(log);
  });

  it('met everything that could go wrong', () => {
    expect(Object.entries({ ...mishaps, late: lateIn(history) }).filter(([, count]) => count === 0)).toEqual(
      [],
    );
    const told = history.flatMap(({ answers }) => answers.map((answer) => answer.told));
    expect([...new Set(told)]).toEqual(expect.arrayContaining(TOLD));
    expect(new Set(history.map(({ kind }) => kind)).size).toBe(16);
  });

  it.each(damages)('would be found out: %s', (_, fault, damage) => {
    const damaged = structuredClone({ log, history });
    damage(damaged.log, damaged.history);
    expect(findFaults(damaged.log, damaged.history)).toContainEqual(expect.stringMatching(fault));
  });

  const written = () => processes.flatMap(({ journals }) => readHistory(journals));
  /** Appends that were stored already when they were sent again, since their answer was lost. */
  const lateIn = (appends: SentAppend[]) =>
    appends.filter(({ kind, answers }) => kind !== 'repeat' && answers.some(isDuplicate)).length;

  async function lettingThemWrite(): Promise<void> {
    for (const each of processes) each.go();
    await sleep(RUN_MS / 2);
    await killAndRestart(random.pick(processes));
    await sleep(RUN_MS / 2);
    // A slow machine has less trouble in that time.
    for (let more = 0; more < 20 && (lateIn(written()) === 0 || mishaps.answersLost === 0); more++)
      await sleep(RUN_MS / 6);
    failures = (await Promise.all(processes.map((each) => each.stop()))).filter(Boolean);
  }

  async function killAndRestart(victim: WriterProcess): Promise<void> {
    await victim.kill();
    mishaps.unansweredAtKill = readHistory(victim.journals).filter(({ unanswered }) => unanswered).length;
    await victim.start();
    victim.go();
  }

  /** In step with the log, so that a slow machine has as much trouble for each append as a fast one. */
  async function makeTrouble(): Promise<void> {
    await sleep(5);
    if (followed.length < troubleAt) return;
    troubleAt = followed.length + random.integer(20, 80);
    if (random.chance(0.5)) mishaps.connectionsCut += await cutConnections(random.integer(1, 3));
    else if (line.loseAnswer(random)) mishaps.answersLost++;
  }

  /** Ends connections of writers, working ones first. */
  async function cutConnections(count: number): Promise<number> {
    const cut = await database.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and application_name = 'eventfold'
        order by state = 'active' desc, random() limit $1`,
      [count],
    );
    return cut.length;
  }

  /** Reads like any reader: from its position to the present end. */
  async function followLog(): Promise<void> {
    followed.push(...(await readLog(followed.at(-1)?.position ?? 0)));
    await sleep(10);
  }

  function readLog(after: number): Promise<LogRow[]> {
    return database.query<LogRow>(
      `select global_position::integer as position, stream_id as "streamId", stream_version as version,
              event_id as "eventId", event_data->>'tag' as tag, "timestamp"
         from eventfold.events where global_position > $1 order by global_position`,
      [after],
    );
  }
});

/** Runs `besides` again and again, all of them side by side, during the work. */
async function whileDoing(work: () => Promise<void>, ...besides: (() => Promise<void>)[]): Promise<void> {
  const state = { working: true };
  const loops = besides.map(async (each) => {
    while (state.working) await each();
  });
  const end = work().finally(() => (state.working = false));
  await Promise.all([end, ...loops]);
}
