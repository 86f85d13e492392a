import { type DomainEvent, type Recorded, TimerDue } from '../../event-sourcing/index.js';
import {
  type Decision,
  decide,
  type Folding,
  type Instance,
  type ProcessDefinition,
} from '../../event-sourcing/for-testing.js';
import type { LikelyCause } from './report.js';

/** One step, as far as the database keeps it. */
interface Step {
  key: string;
  /** The input, in words. */
  input: string;
  kept: object;
}

/** What a check of steps has found. */
export interface ProcessFinding {
  projection: string;
  key: string;
  what: string;
  expected?: unknown;
  actual?: unknown;
}

/** A way to step through the history. It must lead to the steps of stepping once. */
export interface ProcessCheck {
  name: string;
  instances: number;
  suspect: LikelyCause;
  /** How often each step is made; the last time counts. A turn that is cut off makes its steps again. */
  times: number;
}

export const STEPPED_ONCE: ProcessCheck = {
  name: 'Stepped once',
  instances: 1,
  times: 1,
  suspect: 'handler-fails',
};

export const STEPPED_AGAIN: ProcessCheck = {
  name: 'Stepped again, by another process',
  instances: 1,
  times: 1,
  suspect: 'step-not-deterministic',
};

/** The first finds what the others would find, too. */
export const PROCESS_CHECKS: readonly ProcessCheck[] = [
  STEPPED_AGAIN,
  { name: 'Each step made twice', instances: 1, times: 2, suspect: 'step-state-in-memory' },
  { name: 'Stepped by two instances in turn', instances: 2, times: 1, suspect: 'step-state-in-memory' },
];

/** Timers that fire one after the other at the end of the history, for one key: a process may schedule for ever. */
const MOST_TIMERS = 100;

/** A step that could not be made. */
export class StepFailure extends Error {
  constructor(readonly finding: ProcessFinding) {
    super(finding.what);
  }
}

/**
 * The steps of one process manager over a history. Steps are pure, so no database takes part. After the history, the
 * timers that wait fire, in order of being due.
 *
 * @param instances the process manager in each instance of the application, which step in turn
 * @throws StepFailure
 */
export function stepsOf(
  instances: readonly Folding[],
  history: readonly Recorded<DomainEvent>[],
  { times }: ProcessCheck,
): Step[] {
  const [first] = instances;
  const states = new Map<string, Instance>();
  const waiting = new Map<string, Recorded<TimerDue>>();
  const steps: Step[] = [];
  let turns = 0;
  const handle = (event: Recorded<DomainEvent>) => {
    const key = first!.keyOf(event);
    const process = instances[turns++ % instances.length]!.process!;
    let decision: Decision | undefined;
    for (let time = 0; time < times; time++) decision = decided(process, key, states.get(key), event);
    if (decision === undefined) return;
    states.set(key, decision.instance);
    for (const id of decision.recorder.cancelled) waiting.delete(id);
    for (const timer of timersOf(decision, process.name)) waiting.set(timer.eventId, timer);
    steps.push({ key, input: inWords(event), kept: keptOf(decision) });
  };
  for (const event of history.filter(({ type }) => first!.eventTypes.includes(type))) handle(event);
  for (let fired = 0; waiting.size > 0 && fired < MOST_TIMERS * states.size; fired++) {
    const next = [...waiting.values()].reduce((one, other) =>
      other.timestamp < one.timestamp ? other : one,
    );
    waiting.delete(next.eventId);
    handle(next);
  }
  return steps;
}

/** The first step that is another one. */
export function firstOtherStep(
  projection: string,
  expected: readonly Step[],
  actual: readonly Step[],
): ProcessFinding | undefined {
  for (let index = 0; index < Math.max(expected.length, actual.length); index++) {
    const [wanted, found] = [expected[index], actual[index]];
    if (JSON.stringify(wanted) === JSON.stringify(found)) continue;
    const { key, input } = (wanted ?? found)!;
    const what = `the step of "${key}" at ${input} is another one.`;
    return { projection, key, what, expected: wanted?.kept, actual: found?.kept };
  }
  return undefined;
}

function decided(
  process: ProcessDefinition,
  key: string,
  instance: Instance | undefined,
  event: Recorded<DomainEvent>,
): Decision | undefined {
  try {
    return decide(process, key, instance, event);
  } catch (error) {
    const what = `"${key}" failed at ${inWords(event)}: ${(error as Error).message}`;
    throw new StepFailure({ projection: process.name, key, what });
  }
}

const keptOf = ({ instance, recorder: { commands, timers, cancelled, appends } }: Decision): object => ({
  ...instance,
  commands,
  timers,
  cancelled,
  appends,
});

const timersOf = ({ key, recorder, input }: Decision, process: string): Recorded<TimerDue>[] =>
  recorder.timers.map(({ id, name, dueAt, data }) => {
    const event = new TimerDue({ process, key, name, dueAt, ...(data && { data }) }, id);
    const { streamId, version, position, metadata } = input;
    return Object.assign(event, {
      eventId: id,
      streamId,
      version,
      position,
      metadata,
      timestamp: new Date(dueAt),
    });
  });

function inWords(event: Recorded<DomainEvent>): string {
  if (event instanceof TimerDue) return `the timer ${event.data.name}`;
  return `event ${event.position} (${event.type})`;
}
