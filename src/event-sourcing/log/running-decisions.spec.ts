import { describe, expect, it, jest } from '@jest/globals';
import { AsyncLocalStorage } from 'node:async_hooks';
import { deciding, refuseInsideDecision } from './running-decisions.js';

describe('running decisions', () => {
  const log = {};

  it('keep nothing of a decision that has ended, when it has started the next one', async () => {
    const run = jest.spyOn(AsyncLocalStorage.prototype, 'run');
    await new Promise<void>((over) => {
      const next = (left: number): unknown =>
        left === 0 ? over() : deciding(log, 'account-1', () => void setImmediate(() => void next(left - 1)));
      next(100);
    });
    const frames = run.mock.calls.map(([frame]) => frame as { outer?: object });
    run.mockRestore();
    expect(frames).toHaveLength(100);
    expect(frames.filter(({ outer }) => outer !== undefined)).toEqual([]);
  });

  it('refuse what a decision around them decides on, also behind one that has ended', async () => {
    let refusal: unknown;
    await deciding(log, 'account-1', async () => {
      let later!: Promise<void>;
      await deciding(log, 'account-2', () => {
        later = new Promise<void>((resolve) => setImmediate(resolve)).then(() =>
          deciding(log, 'account-3', () => refuseInsideDecision(log, 'account-2')),
        );
      });
      await later;
      refusal = await deciding(log, 'account-3', () => refuseInsideDecision(log, 'account-1')).catch(
        (error: unknown) => error,
      );
    });
    expect(refusal).toMatchObject({ code: 'nested-update', streamId: 'account-1' });
  });
});
