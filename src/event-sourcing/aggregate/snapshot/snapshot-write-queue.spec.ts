import { beforeEach, describe, expect, it } from '@jest/globals';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { SnapshotWriter } from './snapshot-write-queue.js';

/** Snapshots that were written or tried, as `stream@version`. */
let writes: string[];
let failures: string[];
/** Lets the write under way end, or fail with a message. */
let end: (message?: string) => void;
let writer: SnapshotWriter;

beforeEach(() => {
  [writes, failures] = [[], []];
  writer = new SnapshotWriter(
    ({ streamId, stored }) => {
      writes.push(`${streamId}@${stored.version}`);
      return new Promise<void>((resolve, reject) => {
        end = (message) => (message === undefined ? resolve() : reject(new Error(message)));
      });
    },
    ({ message }) => failures.push(message),
  );
});

const offer = (streamId: string, version: number) =>
  writer.offer({ streamId, stream: 'user', revision: 1, stored: { state: {}, version, position: version } });

const settled = async () => {
  for (let turn = 0; turn < 3; turn++) await nextTurn();
};

async function endAll(message?: string): Promise<void> {
  for (let ended = 0; ended < writes.length; ended++) {
    end(message);
    await settled();
  }
}

describe('the writer of snapshots', () => {
  it('lets the offering code finish its turn, and then writes', async () => {
    offer('a', 1);
    expect(writes).toEqual([]);
    await settled();
    expect(writes).toEqual(['a@1']);
  });

  it('writes one snapshot at a time, and keeps only the newest waiting one of a stream', async () => {
    offer('a', 1);
    await settled();
    for (const version of [2, 4, 3]) offer('a', version);
    offer('b', 1);
    await settled();
    expect(writes).toEqual(['a@1']);
    await endAll();
    expect(writes).toEqual(['a@1', 'a@4', 'b@1']);
  });

  it('starts again after it was idle', async () => {
    offer('a', 1);
    await settled();
    await endAll();
    offer('a', 2);
    await settled();
    expect(writes).toEqual(['a@1', 'a@2']);
  });

  it('drops new streams when a thousand wait', async () => {
    for (let stream = 0; stream < 1_002; stream++) offer(`s${stream}`, 1);
    offer('s0', 2);
    await settled();
    await endAll();
    expect(writes).toHaveLength(1_000);
    expect(writes[0]).toBe('s0@2');
  });

  it('drops a failed write, continues, and reports the first failure of a series', async () => {
    for (const stream of ['a', 'b', 'c', 'd']) offer(stream, 1);
    await settled();
    for (const outcome of ['no disk', 'still none', undefined, 'none again']) {
      end(outcome);
      await settled();
    }
    expect(writes).toEqual(['a@1', 'b@1', 'c@1', 'd@1']);
    expect(failures).toEqual(['no disk', 'none again']);
  });

  it('writes the waiting snapshots before it stops, and accepts no more', async () => {
    offer('a', 1);
    offer('b', 1);
    let stopped = false;
    const stop = writer.stop().then(() => (stopped = true));
    offer('c', 1);
    await settled();
    expect(stopped).toBe(false);
    await endAll();
    await stop;
    await writer.stop();
    expect(writes).toEqual(['a@1', 'b@1']);
  });
});
