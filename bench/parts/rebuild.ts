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
  const commandWhileRebuilding = async () => {
    let isRebuilt = false;
    let rate = 0;
    const rebuilding = longestStandstill(context.url, async () => {
      rate = await withHeldSnapshot(context.url, () => rebuildFor(context, operator));
    }).finally(() => (isRebuilt = true));
    const [figures, standstill] = await Promise.all([command(() => isRebuilt), rebuilding]);
    await requireThings(context.url);
    rebuilds.push({ rate });
    standstills.push({ rate: standstill });
    return figures;
  };
  const commands = await inTurn(
    context,
    { work: COMMANDS, unit: 'commands/s' },
    { [ALONE]: () => command((elapsedMs) => elapsedMs >= SECONDS * 1_000), [BESIDE]: commandWhileRebuilding },
  );
  // As in the other parts, the first does not count.
  return [
    ...commands,
    { work: REBUILD, contender: 'eventfold', unit: 'events/s', rounds: rebuilds.slice(1) },
    { work: STANDSTILL, contender: 'eventfold', unit: 'ms', rounds: standstills.slice(1) },
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
    for (const name of PROJECTIONS) await operations.rebuild(name);
    while (await isUnderWay(operations)) await sleep(LOOK_MS, undefined, { signal: stop });
    await checkRebuilt(operations);
    events += log;
  } while (elapsed() < SECONDS);
  return events / elapsed();
}

async function isUnderWay(operations: ProjectionOperations): Promise<boolean> {
  return (await operations.list()).some(({ rebuild: underWay }) => underWay !== null);
}

/** @throws Error when the rebuilt rows differ from the rows before */
async function checkRebuilt(operations: ProjectionOperations): Promise<void> {
  for (const { name, lastRebuild } of await operations.list()) {
    const tables = lastRebuild?.tables ?? [];
    const isSame = tables.every(({ differing, missing, extra }) => differing + missing + extra === 0);
    if (tables.length === 0 || !isSame) throw new Error(`${name} was rebuilt with other rows than before.`);
  }
}
