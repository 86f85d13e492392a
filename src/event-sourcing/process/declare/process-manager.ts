import type { DomainEvent, Recorded } from '../../event/domain-event.js';
import type { RefusedCommand } from './process-events.js';
import type { DueTimer, Step } from './step.js';

/**
 * What follows from each event, by its stored type, and from each timer, by its name. A forgotten event or timer does
 * not compile. A function returns the next state, or nothing when the state stays as it is.
 */
export type When<State extends object, Event extends DomainEvent, Timer extends string = never> = {
  readonly [Type in Event['type']]: (
    event: Recorded<Extract<Event, { type: Type }>>,
    step: Step<State, Timer>,
  ) => State | void;
} & { readonly [Name in Timer]: (timer: DueTimer, step: Step<State, Timer>) => State | void };

/** The code of a process, as the runner and the test kit call it. */
export interface ProcessCode {
  readonly initialState: object;
  readonly when: Readonly<Record<string, ((input: any, step: Step<any, any>) => object | void) | undefined>>;
  readonly commandRefused: ((refusal: RefusedCommand, step: Step<any, any>) => object | void) | undefined;
}

/** A process manager of any state. */
export interface AnyProcess {
  readonly code: ProcessCode;
}

/**
 * A process manager: it remembers, for each key, what has happened, and decides what follows.
 *
 * Its functions are pure: they look at the input and the state, and ask the step for commands, timers and events. They
 * do no I/O, look at no clock, and are not asynchronous. So a test needs no database, and a step can be made again.
 */
export abstract class ProcessManager<
  State extends object,
  Event extends DomainEvent = DomainEvent,
  Timer extends string = never,
> implements AnyProcess {
  /** State before the first event. A field that stored states lack, since it is newer, has its value from here. */
  protected abstract readonly initialState: State;
  protected abstract readonly when: When<State, Event, Timer>;

  /**
   * What follows when a command was refused: its error has the kind `refused`, `invalid`, `not-found` or `conflict`.
   * Without this method, a refused command makes its process stuck.
   */
  protected commandRefused?(refusal: RefusedCommand, step: Step<State, Timer>): State | void;

  /** For the runner and the test kit. */
  get code(): ProcessCode {
    const { initialState, when } = this;
    return {
      initialState,
      when: when as ProcessCode['when'],
      commandRefused: this.commandRefused?.bind(this),
    };
  }
}
