import { setTimeout as sleep } from 'node:timers/promises';
import type { PartContext } from '../part.js';
import { type Figures, figuresOf } from '../figures.js';

interface Pace {
  perSecond: number;
  isOver: (elapsedMs: number) => boolean;
}

/**
 * Calls at a steady rate, like users, and does not wait for earlier answers. `call` resolves with its latency in ms,
 * which it may count from the moment at which it was due. The first failure ends the run.
 */
export async function paced(
  { stop }: Pick<PartContext, 'stop'>,
  { perSecond, isOver }: Pace,
  call: (nth: number, due: number) => Promise<number>,
): Promise<Figures> {
  const start = performance.now();
  const latencies: number[] = [];
  const underWay = new Set<Promise<void>>();
  const failures: unknown[] = [];
  for (let nth = 0; failures.length === 0 && !isOver(performance.now() - start); nth++) {
    const due = start + (nth * 1_000) / perSecond;
    const early = due - performance.now();
    if (early > 0) await sleep(early, undefined, { signal: stop });
    const one = call(nth, due).then(
      (latency) => void latencies.push(latency),
      (error: unknown) => void failures.push(error),
    );
    underWay.add(one);
    void one.finally(() => underWay.delete(one));
  }
  const seconds = (performance.now() - start) / 1_000;
  await Promise.all(underWay);
  if (failures.length > 0) throw failures[0];
  return figuresOf(latencies, seconds);
}
