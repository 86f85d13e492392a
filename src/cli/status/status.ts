import { setTimeout as sleep } from 'node:timers/promises';
import { Processes, type ProcessRecord, RelayMonitor } from '../../event-sourcing/for-service.js';
import {
  isTransient,
  LogClock,
  ProcessInstances,
  ProjectionOperations,
  TimerOperations,
} from '../../event-sourcing/index.js';
import { type Finding, MOST_STUCK, type Verdict, verdictOn } from '../../operations/overview/verdict.js';
import { withLog } from '../application.js';
import type { OpenStore } from '../open-store.js';
import { OF_THE_RELAY } from '../relay/relay-settings.js';
import { duration } from '../terminal/duration.js';
import { printable } from '../terminal/printable.js';
import { table } from '../terminal/table.js';
import type { Terminal } from '../terminal/terminal.js';

interface StatusOptions {
  watch?: boolean;
}

/** Pause between two looks of --watch, in ms. */
const LOOK_EVERY_MS = 2_000;

export function showStatus(terminal: Terminal, { watch = false }: StatusOptions): Promise<void> {
  const show = async (store: OpenStore) => {
    const { verdict } = await (watch ? watching(terminal, store) : showOnce(terminal, store));
    if (verdict.severity === 'alarm') terminal.exitCode = 1;
  };
  return withLog(terminal, show, OF_THE_RELAY);
}

/** Runs until a signal ends it, and waits for a database that is away. */
async function watching(terminal: Terminal, store: OpenStore): Promise<never> {
  const { signal } = terminal;
  for (; ; await sleep(LOOK_EVERY_MS, undefined, { signal })) {
    try {
      await showOnce(terminal, store);
    } catch (error) {
      if (signal.aborted || !isTransient(error)) throw error;
      terminal.note('The database is away. Waiting for it ...');
    }
  }
}

async function showOnce(terminal: Terminal, store: OpenStore) {
  const status = await statusOf(store);
  await terminal.result(status, () => [
    ...verdictInWords(terminal, status.verdict),
    '',
    ...processTable(terminal, status.processes),
  ]);
  return status;
}

async function statusOf(store: OpenStore) {
  const relay = store.get(RelayMonitor);
  const [{ position: head, time, aheadMs }, projections, processes, timers, stuck, relayStatus] =
    await Promise.all([
      store.get(LogClock).end(),
      store.get(ProjectionOperations).list(),
      store.get(Processes).list(),
      store.get(TimerOperations).figures(),
      store.get(ProcessInstances).list({ state: 'stuck', limit: MOST_STUCK }),
      relay.report === undefined ? undefined : relay.examine(),
    ]);
  const verdict = verdictOn({
    checks: { database: 'ok', migrations: 'ok' },
    projections,
    relay: relayStatus,
    intake: undefined,
    replicas: [],
    timers,
    stuckProcesses: stuck,
    aheadMs,
  });
  return { verdict, log: { head, time }, projections, processes };
}

function verdictInWords(terminal: Terminal, { findings }: Verdict): string[] {
  if (findings.length === 0) return [terminal.colour('green', 'All is well.')];
  return findings.flatMap((finding) => findingInWords(terminal, finding));
}

function findingInWords(terminal: Terminal, { severity, title, detail, cure }: Finding): string[] {
  const colour = severity === 'alarm' ? 'red' : 'yellow';
  const head = terminal.cut([terminal.colour(colour, `${severity}: ${printable(title)}`)]);
  const lines = [detail, cure].filter((line) => line !== '');
  return [head, ...lines.map((line) => terminal.cut([`  ${printable(line)}`]))];
}

const HEAD = ['process', 'build', 'up', 'seen', 'folds'];

function processTable(terminal: Terminal, processes: readonly ProcessRecord[]): string[] {
  if (processes.length === 0) return ['No process works on this store.'];
  return table(terminal, [HEAD, ...processes.map(rowOf)]);
}

const rowOf = ({ name, build, startedAt, seenAt, isAnswering, folds }: ProcessRecord): string[] => [
  name ?? '(an older build)',
  build ?? '-',
  startedAt === null ? '-' : duration(secondsSince(startedAt)),
  isAnswering ? 'now' : `${duration(secondsSince(seenAt))} ago`,
  folds.map(({ projection, status }) => `${projection} (${status})`).join(', '),
];

const secondsSince = (time: Date) => Math.max(Date.now() - new Date(time).getTime(), 0) / 1_000;
