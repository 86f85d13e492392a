import { describe, expect, it } from '@jest/globals';
import { AggregateRoot, type Evolve } from './aggregate-root.js';
import { DomainEvent, type Recorded } from '../event/domain-event.js';

class Opened extends DomainEvent<'door.opened', { by: string }> {
  static readonly type = 'door.opened';
  readonly type = Opened.type;
}

class Closed extends DomainEvent<'door.closed'> {
  static readonly type = 'door.closed';
  readonly type = Closed.type;
}

type DoorEvent = Opened | Closed;

class Door extends AggregateRoot<{ open: boolean; lastUser: string }, DoorEvent> {
  static readonly stream = 'door';
  static readonly events = [Opened, Closed];

  protected readonly initialState = { open: false, lastUser: 'nobody' };

  openFor(by: string): void {
    if (this.state.open) throw new Error('It is open.');
    this.raise(new Opened({ by }));
  }

  close(): void {
    this.raise(new Closed({}));
  }

  protected readonly evolve: Evolve<Door['state'], DoorEvent> = {
    'door.opened': (state, { data }) => ({ ...state, open: true, lastUser: data.by }),
    'door.closed': (state) => ({ ...state, open: false }),
  };
}

function recorded<Event extends DomainEvent>(
  event: Event,
  version: number,
  position: number,
): Recorded<Event> {
  return Object.assign(event, {
    position,
    version,
    streamId: 'door-1',
    eventId: 'a',
    metadata: { correlationId: 'test', causationId: 'test', schemaVersion: 1 },
    timestamp: new Date(0),
  });
}

describe('an aggregate', () => {
  it('stores a frozen copy of the data it was given, and leaves the original as it is', () => {
    class Assigned extends DomainEvent<
      'door.assigned',
      { to: { name: string; roles: string[]; nick?: string } }
    > {
      static readonly type = 'door.assigned';
      readonly type = Assigned.type;
    }
    class Kept extends AggregateRoot<{ owner: { roles: string[] } | null }, Assigned> {
      protected readonly initialState = { owner: null };
      protected readonly evolve: Evolve<Kept['state'], Assigned> = {
        'door.assigned': (_, { data }) => ({ owner: data.to }),
      };
      assign(event: Assigned): void {
        this.raise(event);
      }
    }
    const user = { name: 'Ada', roles: ['admin'], nick: undefined } as { name: string; roles: string[] };
    const door = new Kept('1');
    door.assign(new Assigned({ to: user }));
    door.assign(Object.freeze(new Assigned({ to: user })));
    expect(door.stored.state).toStrictEqual({ owner: { name: 'Ada', roles: ['admin'] } });
    expect(Object.isFrozen(door.uncommittedEvents[1]!.data.to)).toBe(true);
    expect(door.uncommittedEvents.every((event) => event instanceof Assigned)).toBe(true);
    user.roles.push('owner'); // not frozen
    expect(door.state.owner!.roles).toEqual(['admin']);
  });

  it('refuses to raise data that the log could not give back, and stays unchanged', () => {
    const door = new Door('1');
    expect(() => door.openFor(new Date(0) as never)).toThrow('data.by is a Date');
    expect(door).toMatchObject({ uncommittedEvents: [], state: { open: false } });
  });

  it('is at version 0 and in its initial state before the first event', () => {
    const door = new Door('1');
    expect(door).toMatchObject({ id: '1', version: 0, position: 0, uncommittedEvents: [] });
    expect(door.state).toEqual({ open: false, lastUser: 'nobody' });
  });

  it('applies a raised event at once, and keeps the raised events in order', () => {
    const door = new Door('1');
    door.openFor('Ada');
    door.close();
    expect(door.state).toEqual({ open: false, lastUser: 'Ada' });
    expect(door.uncommittedEvents).toStrictEqual([new Opened({ by: 'Ada' }), new Closed({})]);
  });

  it('stays at the stored version until the raised events are stored', () => {
    const door = new Door('1');
    door.openFor('Ada');
    expect(door).toMatchObject({ version: 0, position: 0 });
    door.markCommitted({ version: 1, position: 17 });
    expect(door).toMatchObject({ version: 1, position: 17, uncommittedEvents: [] });
    expect(door.state.open).toBe(true);
  });

  it('replays events of the log without raising them again', () => {
    const door = new Door('1');
    door.replay(recorded(new Opened({ by: 'Ada' }), 1, 5));
    door.replay(recorded(new Closed({}), 2, 9));
    expect(door).toMatchObject({ version: 2, position: 9, uncommittedEvents: [] });
    expect(door.state).toEqual({ open: false, lastUser: 'Ada' });
  });

  it('decides on the state after the replayed and the raised events', () => {
    const door = new Door('1');
    door.replay(recorded(new Opened({ by: 'Ada' }), 1, 5));
    expect(() => door.openFor('Grace')).toThrow('It is open.');
    door.close();
    door.openFor('Grace');
    expect(door.state).toEqual({ open: true, lastUser: 'Grace' });
  });

  it('raises nothing when a guard refuses', () => {
    const door = new Door('1');
    door.openFor('Ada');
    const before = door.state;
    expect(() => door.openFor('Grace')).toThrow('It is open.');
    expect(door.uncommittedEvents).toHaveLength(1);
    expect(door.state).toBe(before);
  });

  it('shares no state with another instance of its class', () => {
    new Door('1').openFor('Ada');
    expect(new Door('2').state.open).toBe(false);
  });

  it('continues from a restored state', () => {
    const folded = new Door('1');
    folded.replay(recorded(new Opened({ by: 'Ada' }), 1, 5));
    const door = new Door('1');
    door.restore(folded.stored);
    expect(door).toMatchObject({ version: 1, position: 5, uncommittedEvents: [] });
    door.replay(recorded(new Closed({}), 2, 9));
    expect(door.state).toEqual({ open: false, lastUser: 'Ada' });
    expect(folded.state).toEqual({ open: true, lastUser: 'Ada' });
  });

  it.each([
    [{ open: true, lastUser: 'Ada' }, true],
    [{ open: true, lastUser: 'Ada', more: 1 }, true],
    [{ open: true }, false],
    [[], false],
    [null, false],
    ['open', false],
  ])('says whether %j can be a state of its class: %s', (state, accepted) => {
    expect(new Door('1').accepts(state)).toBe(accepted);
  });

  it('names the event of its stream that it does not handle', () => {
    class Painted extends DomainEvent<'door.painted'> {
      readonly type = 'door.painted';
    }
    const painted = recorded(new Painted({}), 3, 20) as never;
    expect(() => new Door('1').replay(painted)).toThrow(/door\.painted.*door-1/);
  });
});
