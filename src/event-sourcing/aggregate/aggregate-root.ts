import type { DomainEvent, EventClass, Recorded } from '../event/domain-event.js';
import { RaisedDuringAppendError, UnexpectedEventError } from './aggregate-errors.js';
import { frozen } from './frozen.js';
import { NotCommittedError } from '../log/append/transaction-errors.js';
import { storedCopy } from '../event/storable.js';

/** How each event changes the state: one function per stored type. A forgotten event does not compile. */
export type Evolve<State, Event extends DomainEvent> = {
  readonly [Type in Event['type']]: (state: Readonly<State>, event: Extract<Event, { type: Type }>) => State;
};

/** The state after the first `version` events of a stream. All callers share it, so it is frozen. */
export interface StoredState<State extends object = object> {
  readonly state: Readonly<State>;
  readonly version: number;
  readonly position: number;
}

/**
 * An event-sourced aggregate in plain TypeScript. Business methods decide: they look at `state`, refuse by throwing,
 * and `raise` events. `evolve` only assigns; it runs for new events and for events of the log alike.
 *
 * State is replaced, never changed: `evolve` returns a new one. A stored state is frozen, with all arrays and plain
 * objects in it, so that a mistake throws where it is made. A raised event gets a copy of its data, equal to what the
 * log will give back. The objects that a business method was given stay its caller's.
 */
export abstract class AggregateRoot<State extends object, Event extends DomainEvent> {
  /** State before the first event. */
  protected abstract readonly initialState: State;
  protected abstract readonly evolve: Evolve<State, Event>;

  private current?: State;
  private readonly raised: Event[] = [];
  private saving = false;
  private raisedTooLate: Error | undefined;
  private storedVersion = 0;
  private storedPosition = 0;
  private handedIn: LatePosition | undefined;

  constructor(readonly id: string) {}

  get state(): Readonly<State> {
    return this.current ?? this.initialState;
  }

  /**
   * Version of the last event that is stored or waits for the commit of the caller's transaction; 0 before the first.
   */
  get version(): number {
    return this.storedVersion;
  }

  /**
   * Position in the log of the last event that is stored; 0 before the first.
   *
   * @throws NotCommittedError when that event waits for the commit of the caller's transaction
   */
  get position(): number {
    if (this.handedIn === undefined) return this.storedPosition;
    const { position } = this.handedIn;
    if (position === undefined) throw new NotCommittedError('position');
    return position;
  }

  /** The stored state. Valid while no raised event waits. For repositories. */
  get stored(): StoredState<State> {
    return { state: frozen(this.state), version: this.storedVersion, position: this.position };
  }

  /**
   * The value that `stored` will have once the raised events are stored, with the position of before. For repositories.
   */
  get next(): StoredState<State> {
    return { ...this.stored, version: this.storedVersion + this.raised.length };
  }

  /** Events that business methods have raised since the aggregate was loaded or stored. */
  get uncommittedEvents(): readonly Event[] {
    return this.raised;
  }

  /**
   * Records a fact. Business methods call it after every guard.
   *
   * @throws InvalidAppendError when the log could not give its data back as it is
   * @throws RaisedDuringAppendError while the aggregate is saved: from the end of a decision to the end of its `update`
   */
  protected raise(event: Event): void {
    if (this.saving) {
      this.raisedTooLate ??= new RaisedDuringAppendError(event.type, this.constructor.name, this.id);
      throw this.raisedTooLate;
    }
    const stored = withStoredData(event);
    this.apply(stored);
    this.raised.push(stored);
  }

  /** Applies an event of the log. For repositories and tests. */
  replay(event: Recorded<Event>): void {
    if (!(event.type in this.evolve)) throw new UnexpectedEventError(event, this.constructor.name);
    this.apply(event);
    this.storedVersion = event.version;
    this.storedPosition = event.position;
  }

  /** Continues from a stored state. For repositories. */
  restore({ state, version, position }: StoredState<State>): void {
    this.current = state;
    this.storedVersion = version;
    this.storedPosition = position;
  }

  /**
   * Whether `state`, read from a snapshot, can be a state of this class: an object with every field of `initialState`.
   * This also catches a field that was added without a new `snapshotRevision`. For repositories.
   */
  accepts(state: unknown): state is State {
    if (typeof state !== 'object' || state === null || Array.isArray(state)) return false;
    return Object.keys(this.initialState).every((field) => Object.hasOwn(state, field));
  }

  /** Until `endSave`, `raise` throws: an event raised now would be in no append. For repositories. */
  beginSave(): void {
    this.saving = true;
    this.raisedTooLate = undefined;
  }

  /** Returns the error of an event that was raised meanwhile, if there was one. For repositories. */
  endSave(): Error | undefined {
    this.saving = false;
    return this.raisedTooLate;
  }

  /** Notes that the raised events are stored now. For repositories. */
  markCommitted(last: { version: number; position: number }): void {
    this.raised.length = 0;
    this.storedVersion = last.version;
    this.storedPosition = last.position;
    this.handedIn = undefined;
  }

  /** Notes that the raised events wait for the commit of the caller's transaction. For repositories. */
  markHandedIn(last: LatePosition): void {
    this.storedVersion += this.raised.length;
    this.raised.length = 0;
    this.handedIn = last;
  }

  private apply(event: Event): void {
    const evolve = this.evolve[event.type as Event['type']] as (
      state: Readonly<State>,
      event: Event,
    ) => State;
    this.current = evolve(this.state, event);
  }
}

/** The position of an event that waits for a commit; undefined until the commit. */
interface LatePosition {
  readonly position: number | undefined;
}

/** Returns the same event with its data replaced, or a copy when the event is frozen. */
function withStoredData<Event extends DomainEvent>(event: Event): Event {
  const data = storedCopy(event.data);
  if (data === event.data) return event;
  const property = { value: data, enumerable: true, configurable: true, writable: true };
  if (!Object.isFrozen(event)) return Object.defineProperty(event, 'data', property);
  const own = { ...Object.getOwnPropertyDescriptors(event), data: property };
  return Object.create(Object.getPrototypeOf(event) as object, own) as Event;
}

/** A concrete aggregate class. */
export interface AggregateClass<Aggregate extends AggregateRoot<any, any>> {
  /** First part of the stream id: `user` gives streams `user-<id>`. A literal, since it is stored. */
  readonly stream: string;
  /** Every event the aggregate raises. */
  readonly events: readonly EventClass[];
  /**
   * The revision of the state's shape and meaning. Raise it when the fields of the state, `initialState`, `evolve` or
   * an upcaster change: older snapshots are then ignored. A literal, since it is stored. Without it the class has no
   * snapshots. With it the state must survive JSON: no `Date`, `Map`, class instance or `undefined`. A class whose
   * state does not survive JSON has no snapshots, and the process logs an error. A single state with `undefined`, `NaN`
   * or `Infinity` is left out. -0 comes back as 0.
   */
  readonly snapshotRevision?: number;
  new (id: string): Aggregate;
}
