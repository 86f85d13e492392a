import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { PartContext, Part } from '../part.js';
import type { HttpLoadResult, HttpLoad } from '../http/http-load.js';
import { registerUsers } from '../http/hot-users.js';
import { residentMemory } from '../http/process-memory.js';
import { withService } from '../http/service-process.js';
import { asksForTokens, authorizationOf } from '../http/tokens.js';
import { inTurn } from '../measure.js';
import { type Figures, type Measurement, median } from '../figures.js';

const run = promisify(execFile);
const HTTP_LOAD = join(import.meta.dirname, '../http/http-load.js');

const USERS = 100;
const CONNECTIONS = 32;
const WARM_UP_S = 15;
const MINUTE_MS = 60_000;
/** In a shorter time, the memory of a minute depends more on the garbage collector than on the service. */
const JUDGED_FROM_MS = 5 * MINUTE_MS;
const SAMPLE_MS = 1_000;

const READS = `a profile, ${CONNECTIONS} connections`;
const BARE = 'bare GET of a body of that size';
const SERVICE = 'GET /users/:id/profile';
const MIXED = `new preferences and profiles by turns, ${CONNECTIONS} connections`;
const ALL = 'all of the time';
const FIRST = 'first minute';
const LAST = 'last minute';

/**
 * The service under full load: how many requests it answers, how evenly, and whether its memory grows with time. It
 * also measures the cost of a query beside a route of the same framework that only answers.
 */
export const load: Part = {
  name: 'load',
  about: 'a service under as much load as it takes, commands and queries: failures, memory, cost of a query',
  long: true,
  needsPeers: true,
  run: async (context) => [...(await readInTurn(context)), ...(await mixed(context))],
  claims: [
    { work: READS, of: SERVICE, against: BARE, figure: 'rate', atLeast: 0.5 },
    { work: MIXED, of: ALL, figure: 'failures', atMost: 0 },
    { work: MIXED, of: LAST, against: FIRST, figure: 'memory', atMost: 1.1 },
  ],
};

function readInTurn(context: PartContext): Promise<Measurement[]> {
  const seconds = 3 * Math.ceil(context.sliceMs / 1_000);
  const timing = { warmUpSeconds: seconds, seconds };
  return inTurn(
    context,
    { work: READS, unit: 'requests/s' },
    {
      [BARE]: () =>
        withService('bench/http/bare-service.js', {}, async (url) => {
          const userIds = Array.from({ length: USERS }, () => randomUUID());
          return sendLoad(context, { url, kind: 'profiles', userIds, ...timing });
        }),
      [SERVICE]: () =>
        atService(context, async (url, userIds) =>
          sendLoad(context, { url, kind: 'profiles', userIds, ...timing }),
        ),
    },
  );
}

/** Runs in one go: growth shows in the last minute. */
function mixed(context: PartContext): Promise<Measurement[]> {
  return atService(context, async (url, userIds, pid) => {
    const httpLoad = { url, kind: 'mixed', userIds } as const;
    context.progress.tell(`${MIXED}: warm-up`);
    await sendLoad(context, { ...httpLoad, warmUpSeconds: 0, seconds: WARM_UP_S });
    context.progress.tell(`${MIXED}: ${context.loadMs / MINUTE_MS} min`);
    const sampling = sampleMemory(context, pid);
    const figures = await sendLoad(context, {
      ...httpLoad,
      warmUpSeconds: 0,
      seconds: context.loadMs / 1_000,
    });
    const memory = await sampling;
    const measured = (contender: string, samples: readonly number[]): Measurement => ({
      work: MIXED,
      contender,
      unit: 'requests/s',
      rounds: [{ ...figures, ...(samples.length > 0 && { memory: median(samples) }) }],
    });
    const whole = measured(ALL, memory);
    if (context.loadMs < JUDGED_FROM_MS || memory.length === 0) return [whole];
    const perMinute = MINUTE_MS / SAMPLE_MS;
    return [whole, measured(FIRST, memory.slice(0, perMinute)), measured(LAST, memory.slice(-perMinute))];
  });
}

function atService<Result>(
  { url: DATABASE_URL }: PartContext,
  work: (url: string, userIds: readonly string[], pid: number) => Promise<Result>,
): Promise<Result> {
  return withService('src/main.js', { DATABASE_URL, ...asksForTokens() }, async (url, pid) =>
    work(url, await registerUsers(url, USERS, authorizationOf), pid),
  );
}

async function sendLoad({ stop }: PartContext, aim: Omit<HttpLoad, 'connections'>): Promise<Figures> {
  const httpLoad: HttpLoad = { ...aim, connections: CONNECTIONS };
  const { stdout } = await run(process.execPath, [HTTP_LOAD, JSON.stringify(httpLoad)], { signal: stop });
  const { perSecond, p50, p99, failures } = JSON.parse(stdout) as HttpLoadResult;
  return { rate: perSecond, p50, p99, failures };
}

/** Samples the memory once a second during the load. Empty on a system without that figure. */
async function sampleMemory({ loadMs, stop }: PartContext, pid: number): Promise<number[]> {
  const samples: number[] = [];
  for (let due = SAMPLE_MS; due < loadMs; due += SAMPLE_MS) {
    await sleep(SAMPLE_MS, undefined, { signal: stop });
    const megabytes = await residentMemory(pid);
    if (megabytes !== undefined) samples.push(megabytes);
  }
  return samples;
}
