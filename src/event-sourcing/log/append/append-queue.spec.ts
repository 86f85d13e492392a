import { describe, expect, it } from '@jest/globals';
import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { AppendLockTimeoutError, AppendsClosedError, OverloadedError } from './append-errors.js';
import { ResolvedOptions } from '../../options.js';
import type { AppendBatch } from './append-batch.js';
import { AppendFlight } from './append-flight.js';
import { AppendQueue } from './append-queue.js';
import type { AppendRow, AppendVerdict } from './append-row.js';

interface SentRow {
  append: number;
  stream_id: string;
  event_id: string;
}

const caller = new AsyncLocalStorage<string>();

class Lost extends Error {
  readonly code = 'ECONNRESET';
}

/** A log that can hold batches until `release`, lose the connection, or refuse an event. */
class Log {
  readonly batches: SentRow[][] = [];
  readonly known = new Map<string, number>();
  private readonly gates: (() => void)[] = [];
  /** Connections to lose, before or after the batch is stored. */
  losses: ('before' | 'after')[] = [];
  slow = false;

  append = async (batch: AppendBatch): Promise<AppendVerdict[]> => {
    const rows = JSON.parse(batch.toRecords()[0] as string) as SentRow[];
    this.batches.push(rows);
    if (this.slow) await new Promise<void>((resolve) => this.gates.push(resolve));
    const loss = this.losses.shift();
    if (loss === 'before') throw new Lost();
    if (rows.some(({ stream_id }) => stream_id === 'bad')) throw new Error('the log cannot hold this');
    if (rows.some(({ stream_id }) => stream_id === 'locked'))
      throw new AppendLockTimeoutError(5_000, undefined);
    const verdicts = rows.map((sent) => this.take(sent));
    if (loss === 'after') throw new Lost();
    return verdicts;
  };

  /** Lets the oldest held batch through. */
  async release(): Promise<void> {
    this.gates.shift()!();
    await settled();
  }

  private take({ stream_id, event_id }: SentRow): AppendVerdict {
    const verdict = this.known.has(event_id) ? 'duplicate' : 'appended';
    if (verdict === 'appended') this.known.set(event_id, this.known.size + 1);
    const position = this.known.get(event_id)!;
    return {
      verdict,
      stream_id,
      event_id,
      stream_version: 1,
      position,
      timestamp: new Date(0),
    };
  }
}

const settled = async () => {
  for (let turn = 0; turn < 5; turn++) await nextTurn();
};

let ids = 0;
function row(stream_id: string, more: Partial<AppendRow> = {}): AppendRow {
  const metadata = { correlationId: 'c', causationId: 'c', schemaVersion: 1 };
  return {
    append: 0,
    stream_id,
    expected: 0,
    event_id: `e-${ids++}`,
    event_type: 'test',
    event_data: {},
    metadata,
    ownId: true,
    ...more,
  };
}

function queueOn(log: Log, options = {}) {
  const { groupCommit } = new ResolvedOptions({ groupCommit: options });
  return new AppendQueue(new AppendFlight(log, 5_000), groupCommit);
}

/** Appends in one turn of the event loop, to a queue that has seen a crowd before. */
async function appendTogether(queue: AppendQueue, log: Log, rows: readonly AppendRow[]) {
  const crowd = ['p', 'q', 'r'].map((stream) => queue.append([row(stream)]));
  await Promise.all(crowd);
  log.batches.length = 0;
  return rows.map((each) => queue.append([each]));
}

const streamsOf = (log: Log) => log.batches.map((rows) => rows.map(({ stream_id }) => stream_id));
const verdictOf = async (append: Promise<AppendVerdict[]>) => (await append).map(({ verdict }) => verdict);

describe('group commit', () => {
  it('sends a single append at once', async () => {
    const log = new Log();
    expect(await verdictOf(queueOn(log).append([row('a'), row('a')]))).toEqual(['appended', 'appended']);
    expect(streamsOf(log)).toEqual([['a', 'a']]);
  });

  it('holds appends that arrive during a commit and sends them together, each with its own verdicts', async () => {
    const log = new Log();
    log.slow = true;
    const queue = queueOn(log);
    const first = queue.append([row('a')]);
    await settled();
    const later = ['b', 'c', 'd'].map((stream) => queue.append([row(stream), row(stream)]));
    await settled();
    expect(streamsOf(log)).toEqual([['a']]);
    await log.release();
    await log.release();
    expect(streamsOf(log)).toEqual([['a'], ['b', 'b', 'c', 'c', 'd', 'd']]);
    expect(log.batches[1]!.map(({ append }) => append)).toEqual([0, 0, 1, 1, 2, 2]);
    await first;
    expect((await Promise.all(later)).map((verdicts) => verdicts.map(({ stream_id }) => stream_id))).toEqual([
      ['b', 'b'],
      ['c', 'c'],
      ['d', 'd'],
    ]);
  });

  it('divides a crowd, so that the second half is sent while the log works on the first', async () => {
    const log = new Log();
    const queue = queueOn(log, { laneEvents: 3 });
    const appends = await appendTogether(
      queue,
      log,
      'abcdefg'.split('').map((stream) => row(stream)),
    );
    log.slow = true;
    await settled();
    expect(streamsOf(log)).toEqual([
      ['a', 'b', 'c', 'd'],
      ['e', 'f', 'g'],
    ]);
    const few = ['h', 'i', 'j'].map((stream) => queue.append([row(stream)]));
    await settled();
    expect(log.batches).toHaveLength(2);
    for (let batch = 0; batch < 3; batch++) await log.release();
    await Promise.all([...appends, ...few]);
    expect(streamsOf(log)[2]).toEqual(['h', 'i', 'j']);
  });

  it('opens no second lane for a few appends', async () => {
    const log = new Log();
    log.slow = true;
    const queue = queueOn(log, { laneEvents: 3 });
    const appends = 'abc'.split('').map((stream) => queue.append([row(stream)]));
    await settled();
    expect(streamsOf(log)).toEqual([['a']]);
    await log.release();
    await log.release();
    await Promise.all(appends);
  });

  it.each([
    ['the same stream at a version', row('a'), row('a'), 2],
    ['one stream, one of them at a version', row('a', { expected: -2 }), row('a'), 2],
    ['one stream at any version', row('a', { expected: -2 }), row('a', { expected: -2 }), 1],
    ['one event id', row('a', { event_id: 'e' }), row('b', { event_id: 'e' }), 2],
  ])('puts two appends of %s into as many batches as they need', async (_, one, other, batches) => {
    const log = new Log();
    await Promise.all(await appendTogether(queueOn(log), log, [one, other]));
    expect(log.batches).toHaveLength(batches);
  });

  it('keeps batches within their limits', async () => {
    const log = new Log();
    const queue = queueOn(log, { maxBatch: 2 });
    await Promise.all(
      await appendTogether(
        queue,
        log,
        ['a', 'b', 'c'].map((stream) => row(stream)),
      ),
    );
    expect(streamsOf(log)).toEqual([['a', 'b'], ['c']]);

    const small = new Log();
    const narrow = queueOn(small, { maxBatchBytes: 10 });
    await Promise.all(
      await appendTogether(
        narrow,
        small,
        ['a', 'b'].map((stream) => row(stream)),
      ),
    );
    expect(streamsOf(small)).toEqual([['a'], ['b']]);
  });

  it('lets a bad append fail alone', async () => {
    const log = new Log();
    const rows = ['a', 'bad', 'c'].map((stream) => row(stream));
    const [good, bad, fine] = await appendTogether(queueOn(log), log, rows);
    await expect(bad).rejects.toThrow('the log cannot hold this');
    expect(await verdictOf(good!)).toEqual(['appended']);
    expect(await verdictOf(fine!)).toEqual(['appended']);
  });

  it('does not make an append wait for the lock again for each neighbour', async () => {
    const log = new Log();
    const rows = ['bad', 'locked', 'c', 'd'].map((stream) => row(stream));
    const [bad, ...others] = await appendTogether(queueOn(log), log, rows);
    await expect(bad).rejects.toThrow('the log cannot hold this');
    for (const append of others) await expect(append).rejects.toThrow(AppendLockTimeoutError);
    expect(streamsOf(log)).toEqual([['bad', 'locked', 'c', 'd'], ['bad'], ['locked']]);
  });

  it('sends a batch again after a lost connection, and recognizes the events of its first try', async () => {
    const log = new Log();
    const rows = [row('a'), row('b', { ownId: false })];
    const [own, given] = await appendTogether(queueOn(log), log, rows);
    log.losses = ['before', 'after'];
    expect(await verdictOf(own!)).toEqual(['appended']);
    expect(await verdictOf(given!)).toEqual(['duplicate']);
    expect(rows.every(({ event_id }) => log.known.has(event_id))).toBe(true);
  });

  it('gives up when the connection is lost again and again, with the error of the last try', async () => {
    const log = new Log();
    log.losses = Array<'before'>(9).fill('before');
    await expect(queueOn(log).append([row('a')])).rejects.toThrow(Lost);
    expect(log.batches).toHaveLength(6);
  });

  it('refuses more appends than may wait', async () => {
    const log = new Log();
    log.slow = true;
    const queue = queueOn(log, { maxWaiting: 2 });
    const underWay = queue.append([row('a')]);
    await settled();
    const waiting = [queue.append([row('b')]), queue.append([row('c')])];
    await expect(queue.append([row('d')])).rejects.toThrow(OverloadedError);
    await log.release();
    await log.release();
    await Promise.all([underWay, ...waiting]);
  });

  it('refuses more characters than may wait, but accepts a large append when nothing waits', async () => {
    const log = new Log();
    log.slow = true;
    const queue = queueOn(log, { maxWaitingBytes: 10 });
    const large = queue.append([row('a')]);
    await settled();
    const waiting = queue.append([row('b')]);
    await expect(queue.append([row('c')])).rejects.toThrow(OverloadedError);
    await log.release();
    await log.release();
    await Promise.all([large, waiting]);
  });

  it('is drained when every accepted append is answered', async () => {
    const log = new Log();
    const queue = queueOn(log);
    let answered = 0;
    for (const stream of ['a', 'a', 'a']) void queue.append([row(stream)]).then(() => answered++);
    await queue.drained();
    expect(answered).toBe(3);
    expect(log.batches).toHaveLength(3);
    await queue.drained();
  });

  it('is drained while a caller goes on appending, who is told so', async () => {
    const queue = queueOn(new Log());
    const untilRefused = (async () => {
      for (;;) {
        await queue.append([row('a')]);
        await settled(); // an answer of the database takes at least a turn of the event loop
      }
    })();
    await queue.drained();
    await expect(untilRefused).rejects.toThrow(AppendsClosedError);
  });

  it('sends batches of several callers outside of the context of any of them', async () => {
    const log = new Log();
    log.slow = true;
    const queue = queueOn(log);
    const contexts: (string | undefined)[] = [];
    const { append } = log;
    log.append = (batch) => {
      contexts.push(caller.getStore());
      return append(batch);
    };
    const calls = ['first', 'second', 'third'].map((name) =>
      caller.run(name, () => queue.append([row(name)])),
    );
    await log.release();
    await log.release();
    await Promise.all(calls);
    expect(contexts).toEqual(['first', undefined]);
  });
});
