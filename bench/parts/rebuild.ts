import type { INestApplicationContext } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { ProjectionOperations } from '../../src/event-sourcing/index.js';
import type { PartContext, Part } from '../part.js';
import { HotUsers, readProfile, registerUsers } from '../http/hot-users.js';
import { paced } from '../http/paced.js';
import { peakMemory, resetPeakMemory } from '../http/process-memory.js';
import { withService } from '../http/service-process.js';
import { inTurn } from '../measure.js';
import type { Figures, Measurement } from '../figures.js';
import { openEventfold } from '../open-eventfold.js';
import { catchUpFirst } from '../projections/eventfold.js';
import { fillLargeLog } from '../projections/large-log.js';
import {
  hangThingsOn,
  longestStandstill,
  requireThings,
  withHeldSnapshot,
} from '../projections/living-rows.js';

const USERS = 100;
const PER_SECOND = 200;
const SECONDS = 30;
/** After one of so many commands, a query with `Read-After` follows. Any answer but 200 ends the run. */
const READ_EVERY = 10;
/**
 * A rebuild of a large log lasts for several checkpoints of PostgreSQL, one every five minutes. Then the commands
 * without it must meet one as well.
 */
const LARGE_LOG = 500_000;
const SECONDS_WITH_CHECKPOINT = 6 * 60;
const PROJECTIONS = ['user-profile', 'content-popularity'];
const LOOK_MS = 100;

const COMMANDS = `${PER_SECOND} commands/s over HTTP`;
const ALONE = 'nothing else';
const BESIDE = 'while both read models are rebuilt';
const REBUILD = 'rebuild of both read models, under these commands';
const STANDSTILL = 'longest standstill of living rows meanwhile';

/**
 * The service folds the rebuild in its own process, beside commands and living rows. Each table has a view, a policy, a
 * trigger and a publication, and during each rebuild a reader holds a snapshot from before it.
 */
export const rebuild: Part = {
  name: 'rebuild',
  about: 'commands while read models are folded again from a large log',
  long: true,
  run: async (context) => {
    await fillLargeLog(context);
    context.progress.tell('catching up for the first time');
    await catchUpFirst(context.url, context.log);
    await hangThingsOn(context.url);
    return withService('src/main.js', { DATABASE_URL: context.url, PROJECTIONS: 'on' }, async (url, pid) => {
      const operator = await openEventfold(context.url);
      try {
        return await commandAndRebuild(context, { url, pid, operator });
      } finally {
        await operator.close();
      }
    });
  },
  claims: [
    { work: COMMANDS, of: BESIDE, against: ALONE, figure: 'p99', atMost: 1.5 },
    { work: COMMANDS, of: BESIDE, figure: 'memory', atMost: 300 },
    { work: STANDSTILL, of: 'eventfold', figure: 'rate', atMost: 250 },
  ],
};

async function commandAndRebuild(
  context: PartContext,
  { url, pid, operator }: { url: string; pid: number; operator: INestApplicationContext },
): Promise<Measurement[]> {
  const users = new HotUsers(url, await registerUsers(url, USERS), context.stop);
  const rebuilds: Figures[] = [];
  const standstills: Figures[] = [];
  const command = (isOver: (elapsedMs: number) => boolean) =>
    withMemory(pid, () =>
      paced(context, { perSecond: PER_SECOND, isOver }, async (nth, due) => {
        const position = await users.change(nth);
        const latency = performance.now() - due;
        if (nth % READ_EVERY === 0) await readProfile(url, users.of(nth), position, context.stop);
        return latency;
      }),
    );
  const isEnough = (elapsedMs: number) => elapsedMs >= SECONDS * 1_000;
  const isEnoughAlone = (elapsedMs: number) =>
    elapsedMs >= (context.log < LARGE_LOG ? SECONDS : SECONDS_WITH_CHECKPOINT) * 1_000;
  const warmUp = async () => {
    await beginRebuilds(operator);
    const figures = await command(isEnough);
    const operations = operator.get(ProjectionOperations);
    for (const { name } of await underWay(operations)) await operations.cancelRebuild(name);
    return figures;
  };
  const commandWhileRebuilding = async () => {
    let isRebuilt = false;
    const failed = new AbortController();
    const stop = AbortSignal.any([context.stop, failed.signal]);
    const rebuilding = longestStandstill(context.url, () =>
      withHeldSnapshot(context.url, () => rebuildFor({ ...context, stop }, operator)),
    ).finally(() => (isRebuilt = true));
    rebuilding.catch(() => undefined); // when a command has failed, that is the reason
    const figures = await command(() => isRebuilt).catch((error: unknown) => {
      failed.abort();
      throw error;
    });
    const { result: rate, standstillMs } = await rebuilding;
    standstills.push({ rate: standstillMs });
    rebuilds.push({ rate });
    await requireThings(context.url);
    return figures;
  };
  let isWarm = false;
  /** What the looks at the living rows cost is in both. */
  const alone = async () => {
    const isOver = isWarm ? isEnoughAlone : isEnough;
    return (await longestStandstill(context.url, () => command(isOver))).result;
  };
  const beside = () => {
    const work = isWarm ? commandWhileRebuilding : warmUp;
    isWarm = true;
    return work();
  };
  const commands = await inTurn(
    context,
    { work: COMMANDS, unit: 'commands/s' },
    { [ALONE]: alone, [BESIDE]: beside },
  );
  return [
    ...commands,
    { work: REBUILD, contender: 'eventfold', unit: 'events/s', rounds: rebuilds },
    { work: STANDSTILL, contender: 'eventfold', unit: 'ms', rounds: standstills },
  ];
}

async function withMemory(pid: number, work: () => Promise<Figures>): Promise<Figures> {
  await resetPeakMemory(pid);
  const figures = await work();
  const memory = await peakMemory(pid);
  return memory === undefined ? figures : { ...figures, memory };
}

/** Rebuilds for `SECONDS` at least, and again when a rebuild ends early. Resolves with events of the log a second. */
async function rebuildFor({ log, stop }: PartContext, operator: INestApplicationContext): Promise<number> {
  const operations = operator.get(ProjectionOperations);
  const start = performance.now();
  const elapsed = () => (performance.now() - start) / 1_000;
  let events = 0;
  do {
    await beginRebuilds(operator);
    while ((await underWay(operations)).length > 0) await sleep(LOOK_MS, undefined, { signal: stop });
    await checkRebuilt(operations);
    events += log;
  } while (elapsed() < SECONDS);
  return events / elapsed();
}

async function beginRebuilds(operator: INestApplicationContext): Promise<void> {
  for (const name of PROJECTIONS) await operator.get(ProjectionOperations).rebuild(name);
}

async function underWay(operations: ProjectionOperations) {
  return (await operations.list()).filter(({ rebuild: state }) => state !== null);
}

/** @throws Error when the rebuilt rows differ from the rows before */
async function checkRebuilt(operations: ProjectionOperations): Promise<void> {
  for (const { name, lastRebuild } of await operations.list()) {
    const tables = lastRebuild?.tables ?? [];
    const isSame = tables.every(({ differing, missing, extra }) => differing + missing + extra === 0);
    if (tables.length === 0 || !isSame) throw new Error(`${name} was rebuilt with other rows than before.`);
  }
}
