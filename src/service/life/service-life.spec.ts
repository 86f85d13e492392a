import { describe, expect, it } from '@jest/globals';
import { ServiceLife } from './service-life.js';
import { StopRequest } from './stop-request.js';

describe('the life of a service', () => {
  const told: string[] = [];
  const lifeOf = () => {
    told.length = 0;
    return new ServiceLife({
      ready: (url) => told.push(`ready at ${url}`),
      stopping: ({ message }) => told.push(`stopping: ${message}`),
      stillStopping: () => told.push('still stopping'),
      stopped: () => told.push('stopped'),
      failed: (error) => told.push(`failed: ${String(error)}`),
    });
  };
  const service = (stop = () => Promise.resolve(), drainMs = 0) => {
    const drain = async () => void told.push(`drained for ${drainMs} ms`);
    return { url: 'here', drainMs, drain, stop };
  };
  const untilAborted = (signal: AbortSignal) =>
    new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));

  it('goes from starting to running to stopping to stopped, and ends with the exit code of its request', async () => {
    const life = lifeOf();
    const states = [life.state];
    const lived = life.live(() => Promise.resolve(service(async () => void states.push(life.state))));
    await new Promise(setImmediate);
    states.push(life.state);
    life.stop(new StopRequest('enough'));
    expect(await lived).toBe(0);
    expect([...states, life.state]).toEqual(['starting', 'running', 'stopping', 'stopped']);
    expect(told).toEqual(['ready at here', 'stopping: enough', 'stopped']);
  });

  it('ends a start that is told to stop, without a failure', async () => {
    const life = lifeOf();
    const lived = life.live(untilAborted);
    life.stop(new StopRequest('enough'));
    expect(await lived).toBe(0);
    expect(told).toEqual(['stopping: enough', 'stopped']);
  });

  it('stops a service that was started all the same, and never calls it ready', async () => {
    const life = lifeOf();
    let stops = 0;
    const lived = life.live(async () => {
      life.stop(new StopRequest('enough'));
      return service(async () => void stops++);
    });
    expect(await lived).toBe(0);
    expect([stops, told]).toEqual([1, ['stopping: enough', 'stopped']]);
  });

  it('drains a service that was ready before it stops it, and has the time for both', async () => {
    const life = lifeOf();
    const left: number[] = [];
    const lived = life.live(async () => ({
      ...service(undefined, 500),
      stop: async (withinMs: number) => void left.push(withinMs),
    }));
    await new Promise(setImmediate);
    life.stop(new StopRequest('enough'));
    expect(await lived).toBe(0);
    expect(told).toEqual(['ready at here', 'stopping: enough', 'drained for 500 ms', 'stopped']);
    expect(left[0]).toBeGreaterThan(9_000);
  });

  it.each([
    ['that was never ready', async (life: ServiceLife) => life.stop(new StopRequest('enough')), 0],
    ['in which an error was not caught', async () => undefined, 1],
  ])('does not drain a service %s', async (_which, before, exitCode) => {
    const life = lifeOf();
    const lived = life.live(async () => {
      await before(life);
      return service(undefined, 500);
    });
    await new Promise(setImmediate);
    life.stop(new StopRequest('enough', exitCode));
    expect(await lived).toBe(exitCode);
    expect(told).not.toContain('drained for 500 ms');
  });

  it('takes the first of two requests, which one Ctrl-C may send, and stops once', async () => {
    const life = lifeOf();
    const lived = life.live(untilAborted);
    life.stop(new StopRequest('first', 1));
    life.stop(new StopRequest('second'));
    expect(await lived).toBe(1);
    expect(told).toEqual(['stopping: first', 'stopped']);
  });

  it('ends with exit code 1 when the start or the stop fails', async () => {
    expect(await lifeOf().live(() => Promise.reject(new Error('no start')))).toBe(1);
    expect(told).toEqual(['failed: Error: no start']);
    const life = lifeOf();
    const lived = life.live(() => Promise.resolve(service(() => Promise.reject(new Error('no stop')))));
    life.stop(new StopRequest('enough'));
    expect(await lived).toBe(1);
    expect(told).toEqual(['stopping: enough', 'failed: Error: no stop']);
  });
});
