import type { DomainEvent, EventClass, Recorded } from './domain-event.js';
import { UnexpectedEventError } from './errors.js';

/** What each event does to the state: one assignment per stored type. A forgotten event does not compile. */
export type Evolve<State, Event extends DomainEvent> = {
  readonly [Type in Event['type']]: (state: State, event: Extract<Event, { type: Type }>) => State;
};

/**
 * An event-sourced aggregate in plain TypeScript. Business methods decide: they look at `state`, refuse by throwing,
 * and `raise` what happened. `evolve` only assigns; it runs for new events and for those of the log alike.
 */
export abstract class AggregateRoot<State extends object, Event extends DomainEvent> {
  /** State before the first event. */
  protected abstract readonly initialState: State;
  protected abstract readonly evolve: Evolve<State, Event>;

  private current?: State;
  private readonly raised: Event[] = [];
  private storedVersion = 0;
  private storedPosition = 0;

  constructor(readonly id: string) {}

  get state(): Readonly<State> {
    return this.current ?? this.initialState;
  }

  /** Version of the last event that is stored; 0 before the first. */
  get version(): number {
    return this.storedVersion;
  }

  /** Position in the log of the last event that is stored; 0 before the first. */
  get position(): number {
    return this.storedPosition;
  }

  /** What business methods have raised since the aggregate was loaded or stored. */
  get uncommittedEvents(): readonly Event[] {
    return this.raised;
  }

  /** Records a fact. To be called by business methods, after every guard. */
  protected raise(event: Event): void {
    this.apply(event);
    this.raised.push(event);
  }

  /** Takes in an event of the log. For repositories and tests. */
  replay(event: Recorded<Event>): void {
    if (!(event.type in this.evolve)) throw new UnexpectedEventError(event, this.constructor.name);
    this.apply(event);
    this.storedVersion = event.version;
    this.storedPosition = event.position;
  }

  /** Notes that the raised events are stored now. For repositories. */
  markCommitted(last: { version: number; position: number }): void {
    this.raised.length = 0;
    this.storedVersion = last.version;
    this.storedPosition = last.position;
  }

  private apply(event: Event): void {
    const evolve = this.evolve[event.type as Event['type']] as (state: State, event: Event) => State;
    this.current = evolve(this.state, event);
  }
}

/** A concrete aggregate class. */
export interface AggregateClass<Aggregate extends AggregateRoot<any, any>> {
  /** First part of the stream id: `user` gives streams `user-<id>`. A literal, since it is stored. */
  readonly stream: string;
  /** Every event the aggregate raises. */
  readonly events: readonly EventClass[];
  new (id: string): Aggregate;
}
