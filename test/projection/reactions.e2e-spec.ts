import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Projections, type Recorded, UnknownEventTypeError } from '../../src/event-sourcing/index.js';
import { eventually } from '../support/eventually.js';
import { gate } from '../support/gate.js';
import {
  countsOf,
  createTallies,
  type TallyHostOptions,
  MAIL,
  type TallyHost,
  startTallyHost,
  type Ticked,
} from '../support/hosts/tally-host.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

describe('a reaction', () => {
  let database: TestDatabase;
  let hosts: TallyHost[];
  /** The sent events as `stream version`, in order. */
  let sent: string[];

  beforeEach(async () => {
    database = await createTestDatabase();
    await createTallies(database);
    hosts = [];
    sent = [];
  });
  afterEach(async () => {
    for (const host of hosts) await host.stop();
    await database.drop();
  });

  const send = ({ streamId, version }: Recorded<Ticked>) => void sent.push(`${streamId} ${version}`);
  /** Resolves when the reaction has a checkpoint: it reacts to all events from then on. */
  const start = async (options: TallyHostOptions = {}) => {
    const host = await startTallyHost(database, { onReaction: send, ...options });
    hosts.push(host);
    await eventually(async () => expect(await host.operations.get(MAIL)).toMatchObject({ name: MAIL }));
    return host;
  };
  const startWriter = async () => {
    const writer = await startTallyHost(database, { projections: false });
    hosts.push(writer);
    return writer;
  };
  const versions = (stream: string, count: number) =>
    Array.from({ length: count }, (_, index) => `tally-${stream} ${index + 1}`);

  it('that is new begins at the end of the log: nobody gets mail about the past', async () => {
    await (await startWriter()).tick('a', 3);
    const host = await start();
    await host.reacted(await host.tick('a'));
    expect(sent).toEqual(['tally-a 4']);
    await host.folded(4);
    expect(await countsOf(database)).toEqual({ a: 4 });
  });

  it('that asks for it begins with the first event', async () => {
    await (await startWriter()).tick('a', 3);
    const host = await start({ reaction: { startsAt: 'beginning' } });
    await host.reacted(3);
    expect(sent).toEqual(versions('a', 3));
  });

  it('is called for each event of a stream in order, with three instances at it, and once when nothing fails', async () => {
    const instances = [await start(), await start(), await start()];
    let last = 0;
    for (let round = 0; round < 10; round++) {
      const host = instances[round % 3]!;
      last = Math.max(last, ...(await Promise.all(['a', 'b', 'c'].map((name) => host.tick(name, 2)))));
    }
    await instances[0]!.reacted(last);
    for (const name of ['a', 'b', 'c']) {
      expect(sent.filter((each) => each.startsWith(`tally-${name} `))).toEqual(versions(name, 20));
    }
  });

  it('that fails is tried again, then its stream is set aside, and all others go on', async () => {
    let isDown = true;
    let tries = 0;
    const host = await start({
      turns: { retryDelayMs: 5, attempts: 3 },
      onReaction: (event) => {
        if (event.data.tally === 'a' && isDown) throw new Error(`the mail server says no, ${++tries}`);
        send(event);
      },
    });
    await host.tick('a', 2);
    await host.reacted(await host.tick('b', 2));
    expect(tries).toBe(3);
    expect(sent).toEqual(versions('b', 2));
    expect(await host.operations.parked(MAIL)).toMatchObject([
      { key: 'tally-a', error: 'the mail server says no, 3', attempts: 3, waiting: 2 },
    ]);
    isDown = false;
    expect(await host.operations.retry(MAIL, 'tally-a')).toEqual({ key: 'tally-a', folded: 2 });
    await host.reacted(await host.tick('a'));
    expect(sent).toEqual([...versions('b', 2), ...versions('a', 3)]);
  });

  it('that needs what only a newer build can read waits for that one, and sets nothing aside', async () => {
    let isBack = false;
    const host = await start({
      turns: { attempts: 1 },
      onReaction: (event) => {
        const { streamId, version, position } = event;
        if (!isBack) throw new UnknownEventTypeError({ type: 'tally.tocked', streamId, version, position });
        send(event);
      },
    });
    const last = await host.tick('a');
    const status = () =>
      host.app.get(Projections).running.find(({ folding }) => folding.name === MAIL)!.status;
    await eventually(() => expect(status().status).toBe('standing-by'));
    expect(await host.operations.parked(MAIL)).toEqual([]);
    isBack = true;
    await host.reacted(last);
    expect(sent).toEqual(['tally-a 1']);
  });

  it('whose other side cannot be reached waits for it, and sets nothing aside', async () => {
    let isBack = false;
    let tries = 0;
    const host = await start({
      turns: { retryDelayMs: 1, attempts: 2 },
      onReaction: (event) => {
        tries++;
        if (!isBack) throw Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
        send(event);
      },
    });
    await host.tick('a');
    const last = await host.tick('b');
    await eventually(() => expect(tries).toBeGreaterThan(4));
    expect(await host.operations.parked(MAIL)).toEqual([]);
    isBack = true;
    await host.reacted(last);
    expect(sent).toEqual([...versions('a', 1), ...versions('b', 1)]);
  });

  it('that is slow holds up no projection', async () => {
    const slow = gate();
    const host = await start({ onReaction: (event) => slow.wait().then(() => send(event)) });
    await host.tick('a');
    await slow.reached;
    await host.folded(await host.tick('b', 50));
    expect(await countsOf(database)).toEqual({ a: 1, b: 50 });
    expect(sent).toEqual([]);
    slow.open();
    await host.reacted(51);
    expect(sent).toEqual([...versions('a', 1), ...versions('b', 50)]);
  });

  it('is finished, not cut off, when the application stops', async () => {
    const slow = gate();
    const host = await start({ onReaction: (event) => slow.wait().then(() => send(event)) });
    await host.tick('a', 3);
    await slow.reached;
    const stopped = host.stop();
    slow.open();
    await stopped;
    expect(sent.length).toBeGreaterThanOrEqual(1);
    expect(sent).toEqual(versions('a', sent.length));
    const next = await start();
    await next.reacted(3);
    expect(sent).toEqual(versions('a', 3));
  });

  it('that had begun in a transaction when the process lost the database is repeated, in order', async () => {
    const half = gate();
    let begun = 0;
    const host = await start({
      turns: { retryDelayMs: 5 },
      reaction: { holds: 'transaction' },
      onReaction: async (event) => {
        if (++begun === 2) await half.wait();
        send(event);
      },
    });
    const last = await host.tick('a', 4);
    await half.reached;
    // A crash leaves this: the work is done, and the database does not know.
    await database.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and application_name = 'eventfold'`,
    );
    half.open();
    await eventually(() => host.reacted(last)); // the question may meet a lost connection as well
    expect(sent).toEqual(['tally-a 1', 'tally-a 2', 'tally-a 2', 'tally-a 3', 'tally-a 4']);
    expect(await host.operations.parked(MAIL)).toEqual([]);
  });

  it('that had done its work when its process was killed is repeated elsewhere, in order', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'eventfold-reaction-'));
    const sentFile = join(directory, 'sent');
    const processes: ChildProcess[] = [];
    const startProcess = (hangsAt?: number) => {
      const options = JSON.stringify({ url: database.url, name: MAIL, sent: sentFile, hangsAt });
      const script = join(import.meta.dirname, '../support/processes/reaction-process.mjs');
      const child = spawn(process.execPath, [script, options], {
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      });
      processes.push(child);
      return child;
    };
    const kill = async (child: ChildProcess) => {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    };
    try {
      await (await startWriter()).tick('a', 4);
      const first = startProcess(2);
      const [message] = await once(first, 'message');
      expect(message).toBe('hanging');
      await kill(first);
      startProcess();
      const wanted = ['tally-a 1', 'tally-a 2', 'tally-a 2', 'tally-a 3', 'tally-a 4', ''].join('\n');
      await eventually(async () => expect(await readFile(sentFile, 'utf8')).toBe(wanted));
    } finally {
      await Promise.all(
        processes.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null).map(kill),
      );
      await rm(directory, { recursive: true });
    }
  });
});
