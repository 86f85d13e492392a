import { beforeEach, describe, expect, it } from '@jest/globals';
import { DomainEvent, type StoredEvent, type Upcaster } from './domain-event.js';
import { UnknownEventTypeError, UnknownSchemaVersionError } from './event-errors.js';
import { EventRegistry } from './event-registry.js';

class Named extends DomainEvent<'person.named', { first: string; last: string; title: string | null }> {
  static readonly type = 'person.named';
  static override readonly schemaVersion: number = 3;
  static override readonly upcasters: Record<number, Upcaster> = {
    1: ({ name }: { name: string }) => ({ first: name.split(' ')[0], last: name.split(' ')[1] }),
    2: (old: object) => ({ ...old, title: null }),
  };
  readonly type = Named.type;
}

class Greeted extends DomainEvent<'person.greeted', { by: string }> {
  static readonly type = 'person.greeted';
  readonly type = Greeted.type;
}

const stored = (changed: Partial<StoredEvent>, schemaVersion = 1): StoredEvent => ({
  position: 42,
  streamId: 'person-7',
  version: 3,
  eventId: '00000000-0000-4000-8000-000000000001',
  type: Greeted.type,
  data: { by: 'Ada' },
  metadata: { correlationId: 'c', causationId: 'd', userId: 'e', schemaVersion },
  timestamp: new Date('2026-01-31T20:15:00Z'),
  ...changed,
});

describe('the event registry', () => {
  let registry: EventRegistry;

  beforeEach(() => {
    registry = new EventRegistry();
    registry.register(Named, Greeted);
  });

  it('turns a stored event into an instance of its class, with all that the log stores of it', () => {
    const { type, data, ...recorded } = stored({});
    const event = registry.revive(stored({}));
    expect(event).toBeInstanceOf(Greeted);
    expect(event).toMatchObject({ type, data, ...recorded });
  });

  it('knows only the types of its classes', () => {
    expect(
      [Greeted.type, Named.type, 'person.left', 'constructor'].map((type) => registry.knows(type)),
    ).toEqual([true, true, false, false]);
  });

  it.each([
    [1, { name: 'Ada Lovelace' }, { first: 'Ada', last: 'Lovelace', title: null }],
    [2, { first: 'Ada', last: 'Lovelace' }, { first: 'Ada', last: 'Lovelace', title: null }],
    [
      3,
      { first: 'Ada', last: 'Lovelace', title: 'Countess' },
      { first: 'Ada', last: 'Lovelace', title: 'Countess' },
    ],
  ])('brings data of schema version %d up to that of the class', (schemaVersion, data, expected) => {
    expect(registry.revive(stored({ type: Named.type, data }, schemaVersion)).data).toEqual(expected);
  });

  it('does not change the stored event', () => {
    const old = stored({ type: Named.type, data: { name: 'Ada Lovelace' } });
    registry.revive(old);
    expect(old).toEqual(stored({ type: Named.type, data: { name: 'Ada Lovelace' } }));
  });

  it('refuses an unknown type, names stream, version and position, and says what to do', () => {
    const revive = () => registry.revive(stored({ type: 'person.left' }));
    expect(revive).toThrow(UnknownEventTypeError);
    expect(revive).toThrow(expect.objectContaining({ kind: 'unavailable', code: 'unknown-event-type' }));
    expect(revive).toThrow(/"person\.left".*person-7.*version 3.*position 42.*forFeature/);
  });

  it.each([
    ['newer than this build knows', 4, 'unavailable'],
    ['older than the oldest upcaster', 0, 'broken'],
  ])(
    'refuses a stored version that is %s, with stream, version and position',
    (_which, schemaVersion, kind) => {
      const revive = () => registry.revive(stored({ type: Named.type }, schemaVersion));
      expect(revive).toThrow(UnknownSchemaVersionError);
      expect(revive).toThrow(expect.objectContaining({ kind }));
      expect(revive).toThrow(
        new RegExp(
          `"person\\.named".*schema version ${schemaVersion}.*person-7.*version 3.*position 42.*to 3`,
        ),
      );
    },
  );

  it('refuses a version from which an upcaster on the way is missing', () => {
    class Moved extends DomainEvent<'person.moved'> {
      static readonly type = 'person.moved';
      static override readonly schemaVersion: number = 3;
      static override readonly upcasters: Record<number, Upcaster> = { 1: (old) => old };
      readonly type = Moved.type;
    }
    registry.register(Moved);
    expect(() => registry.revive(stored({ type: Moved.type }, 1))).toThrow(UnknownSchemaVersionError);
  });

  it('refuses a second class for a type, and names both', () => {
    class Saluted extends DomainEvent<'person.greeted'> {
      static readonly type = 'person.greeted';
      readonly type = Saluted.type;
    }
    expect(() => registry.register(Saluted)).toThrow('"person.greeted" is claimed by Greeted and by Saluted');
  });

  it.each<[object, string]>([
    [{ schemaVersion: 0 }, 'static schemaVersion of Wrong is 0: it must be a whole number from 1 to'],
    [{ schemaVersion: '2' }, `static schemaVersion of Wrong is '2': it must be a whole number from 1 to`],
    [{ type: 'a\0b' }, 'static type of Wrong is'],
    [{ type: '' }, `static type of Wrong is '': it must be a text that is not empty`],
  ])('refuses a class whose events could not be stored: %j', (wrong, sentence) => {
    class Wrong extends Greeted {}
    for (const [name, value] of Object.entries(wrong)) Object.defineProperty(Wrong, name, { value });
    expect(() => registry.register(Wrong)).toThrow(
      expect.objectContaining({ code: 'invalid-options', message: expect.stringContaining(sentence) }),
    );
  });

  it('takes the same class from several modules', () => {
    expect(() => registry.register(Greeted, Named)).not.toThrow();
  });
});
