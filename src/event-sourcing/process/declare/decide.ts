import type { DomainEvent, Recorded } from '../../event/domain-event.js';
import { storedCopy } from '../../event/storable.js';
import { INSTANCE_LIFE, type Instance } from './instance-states.js';
import type { ProcessDefinition } from './process-definition.js';
import { CommandRefused, EndRequested, ProcessStepped, TimerDue } from './process-events.js';
import { processId } from './process-ids.js';
import { StepRecorder } from './step-recorder.js';

/** One step of a process: all that is stored together. */
export interface Decision {
  key: string;
  input: Recorded<DomainEvent>;
  stepped: ProcessStepped & { eventId: string };
  recorder: StepRecorder;
  /** The process after the step. */
  instance: Instance;
}

/**
 * What follows from an input. Undefined when nothing does: the process has ended, no event has started it, or the timer
 * was cancelled or replaced meanwhile.
 *
 * @throws what the code throws, and InvalidAppendError when the log could not give its state or a command back
 */
export function decide(
  definition: ProcessDefinition,
  key: string,
  instance: Instance | undefined,
  input: Recorded<DomainEvent>,
): Decision | undefined {
  if (instance === undefined ? !definition.startsOn(input.type) : instance.life === 'ended') return undefined;
  const react = reactionTo(definition, input, instance);
  if (react === undefined) return undefined;
  const { initialState } = definition.code;
  const state = storedCopy({ ...initialState, ...instance?.state });
  const number = (instance?.step ?? 0) + 1;
  const waiting = input instanceof TimerDue ? without(instance, input.data.name) : (instance?.waiting ?? {});
  const recorder = new StepRecorder(definition, key, input, state, number, waiting);
  const next = nextState(definition, react(recorder), input) ?? state;
  recorder.close();
  return toDecision(definition, { key, input, recorder, before: instance, state: storedCopy(next) });
}

function reactionTo(
  definition: ProcessDefinition,
  input: Recorded<DomainEvent>,
  instance: Instance | undefined,
): ((step: StepRecorder) => object | void) | undefined {
  const { code } = definition;
  if (input instanceof EndRequested) return instance && ((step) => step.end());
  if (input instanceof CommandRefused) {
    const { process: _, key: __, ...refusal } = input.data;
    return instance && ((step) => code.commandRefused?.(refusal, step));
  }
  if (!(input instanceof TimerDue)) {
    if (definition.inputOf(input.type) === undefined)
      throw new Error(`The process "${definition.name}" does not handle "${input.type}".`);
    definition.requireKey(input);
    return (step) => code.when[input.type]!(input, step);
  }
  const { name, data = {} } = input.data;
  // An operator may have moved it since it was scheduled.
  const dueAt = input.metadata.dueAt ?? input.data.dueAt;
  if (instance?.waiting[name] !== input.eventId) return undefined;
  const onTimer = code.when[name];
  if (onTimer === undefined) throw new Error(unknownTimer(definition.name, name));
  return (step) => onTimer({ name, dueAt: new Date(dueAt), data }, step);
}

/** The key is parked at the timer: to go on would lose a deadline that another build has set. */
const unknownTimer = (process: string, timer: string) =>
  `"when" of the process "${process}" has no function for the timer "${timer}", which another build has scheduled: ` +
  'retry the process once all processes run a build that has one.';

function nextState(
  { name }: ProcessDefinition,
  returned: unknown,
  { type }: DomainEvent,
): object | undefined {
  if (returned === undefined) return undefined;
  const isState = typeof returned === 'object' && returned !== null && !Array.isArray(returned);
  if (isState && typeof (returned as { then?: unknown }).then !== 'function') return returned;
  throw new Error(
    `The function of the process "${name}" for "${type}" returned no state: it must return an object or nothing, and ` +
      'no promise.',
  );
}

function toDecision(
  { name }: ProcessDefinition,
  made: Pick<Decision, 'key' | 'input' | 'recorder'> & { before: Instance | undefined; state: object },
): Decision {
  const { key, input, recorder, before, state } = made;
  const life = INSTANCE_LIFE[before?.life ?? 'new'][recorder.hasEnded ? 'ended' : 'stepped'];
  const { eventId, type, position } = input;
  const { commands, timers, waiting, number } = recorder;
  const data = {
    process: name,
    key,
    step: number,
    input: { eventId, type, position },
    state,
    commands: [...commands],
    timers: [...timers],
    waiting: { ...waiting },
    ...(recorder.hasEnded && { ended: true as const }),
  };
  const stepped = new ProcessStepped(data, processId(name, key, eventId, 'step'));
  return {
    key,
    input,
    recorder,
    stepped: stepped as Decision['stepped'],
    instance: { step: number, state, life, waiting: data.waiting },
  };
}

function without(instance: Instance | undefined, name: string): Record<string, string> {
  const { [name]: _, ...others } = instance?.waiting ?? {};
  return others;
}
