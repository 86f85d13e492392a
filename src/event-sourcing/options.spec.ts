import { describe, expect, it } from '@jest/globals';
import { inspect } from 'node:util';
import { EventSourcingModule } from './event-sourcing.module.js';
import { ResolvedOptions } from './options.js';
import { openedWith } from './options/opened-with.js';

const defaults = new ResolvedOptions();

/** The message for options as JavaScript, a configuration file or an environment gives them. */
function refusal(options: object): string {
  try {
    return new ResolvedOptions(options).schema;
  } catch (error) {
    expect(error).toMatchObject({ code: 'invalid-options', kind: 'invalid' });
    return (error as Error).message;
  }
}

describe('options of the event store', () => {
  it.each<[string, object]>([
    ['at the top', { schema: undefined, projections: undefined, readAfterTimeoutMs: undefined }],
    ['in groupCommit', { groupCommit: { lanes: undefined, maxBatch: undefined } }],
    ['in turns', { turns: { pollIntervalMs: undefined, size: undefined } }],
    ['in retry', { retry: { maxAttempts: undefined } }],
    ['in snapshots and cache', { snapshots: { every: undefined }, cache: { maxAggregates: undefined } }],
    ['of whole groups', { turns: undefined, cache: undefined, snapshots: undefined }],
  ])('have their default when they are undefined: %s', (_where, options) => {
    expect(new ResolvedOptions(options)).toEqual(defaults);
  });

  it('are overridden in the opening that asks for it, and in no other', async () => {
    const given = { projections: true, schema: 'shop' };
    const later = async () => {
      await Promise.resolve();
      return new ResolvedOptions(given);
    };
    const [opened, started] = await Promise.all([
      openedWith((stated) => ({ projections: false, turns: stated }), later),
      later(),
    ]);
    expect(opened).toMatchObject({ projections: false, schema: 'shop', turns: { projections: true } });
    expect(started).toEqual(new ResolvedOptions(given));
    expect(started.projections).toBe(true);
  });

  it('keep given values beside defaults', () => {
    const { groupCommit, snapshots, cache } = new ResolvedOptions({
      groupCommit: { lanes: 3 },
      snapshots: false,
      cache: { maxAggregates: 7 },
    });
    expect(groupCommit).toEqual({ ...defaults.groupCommit, lanes: 3 });
    expect([snapshots, cache]).toEqual([false, { ...defaults.cache, maxAggregates: 7 }]);
  });

  it.each<[object, string]>([
    [{ groupCommit: { lanes: 0 } }, 'groupCommit.lanes is 0: it must be a whole number from 1 to 16.'],
    [{ groupCommit: { lanes: 1.5 } }, 'groupCommit.lanes is 1.5: it must be a whole number from 1 to 16.'],
    [{ groupCommit: { lanes: '2' } }, `groupCommit.lanes is '2': it must be a whole number from 1 to 16.`],
    [
      { groupCommit: { laneEvents: Number.NaN } },
      'groupCommit.laneEvents is NaN: it must be a whole number from 1 to 1,000,000.',
    ],
    [{ turns: { pollIntervalMs: 0 } }, 'turns.pollIntervalMs is 0: it must be a number from 10 to 600,000.'],
    [
      { turns: { maxRows: Infinity } },
      'turns.maxRows is Infinity: it must be a whole number from 1 to 10,000,000.',
    ],
    [
      { cache: { maxAggregates: 0 } },
      'cache.maxAggregates is 0: it must be a whole number from 1 to 1,000,000.',
    ],
    [{ snapshots: { every: 0 } }, 'snapshots.every is 0: it must be a whole number from 1 to 1,000,000.'],
    [{ snapshots: true }, 'snapshots is true: it must be false, or an object with every.'],
    [{ retry: null }, 'retry is null: it must be an object with maxAttempts, baseDelayMs.'],
    [{ retry: { maxAttempts: 0 } }, 'retry.maxAttempts is 0: it must be a whole number from 1 to 100.'],
    [{ projections: 'off' }, `projections is 'off': it must be true or false.`],
    [{ idempotencyKeyHours: -1 }, 'idempotencyKeyHours is -1: it must be a number from 0.01 to 87,600.'],
    [{ groupCommit: { lane: 2 } }, 'groupCommit.lane is no option: did you mean "lanes"?'],
    [{ readaftertimeout: 5 }, 'readaftertimeout is no option: did you mean "readAfterTimeoutMs"?'],
    [{ cache: { colour: 1 } }, 'cache.colour is no option: the options are maxAggregates, maxBytes.'],
    [{ schema: '' }, `schema is '': it must be a text of 1 to 54 bytes`],
    [{ schema: 'pg_a' }, `schema is 'pg_a': it must be a text of 1 to 54 bytes`],
    [{ schema: 'information_schema' }, 'no name that PostgreSQL keeps for itself'],
    [{ schema: 'a\u0000b' }, 'it must be a text of 1 to 54 bytes without control characters'],
  ])('%j are refused in a sentence', (options, sentence) => {
    expect(refusal(options)).toContain(sentence);
  });

  it('are refused with one message for all faults', () => {
    expect(
      refusal({ groupCommit: { lanes: 0 }, cache: { maxAggregates: 0 }, retries: {} }).split('\n'),
    ).toHaveLength(3);
  });

  it('accept the longest schema whose names PostgreSQL does not cut, counted in bytes', () => {
    expect(Buffer.byteLength(new ResolvedOptions({ schema: 'x'.repeat(54) }).logChannel)).toBe(63);
    expect(refusal({ schema: 'x'.repeat(57) })).toMatch(
      /must be a text of 1 to 54 bytes.*"<schema>_appended"/,
    );
    expect(refusal({ schema: 'ü'.repeat(28) })).toMatch(/must be a text of 1 to 54 bytes/);
  });

  it('of a single update override those of the store', () => {
    const store = new ResolvedOptions({ retry: { maxAttempts: 7, baseDelayMs: 9 } });
    expect(store.retryOf(undefined)).toEqual({ maxAttempts: 7, baseDelayMs: 9 });
    expect(store.retryOf({ maxAttempts: 2, baseDelayMs: undefined })).toEqual({
      maxAttempts: 2,
      baseDelayMs: 9,
    });
    expect(() => store.retryOf({ maxAttempts: 0 })).toThrow(
      'retry: maxAttempts is 0: it must be a whole number from 1 to 100.',
    );
  });
});

describe('what modules declare', () => {
  class Plain {}

  it.each<[() => unknown, string]>([
    [() => EventSourcingModule.forRoot({ name: '' }), `EventSourcingModule.forRoot: name is ''`],
    [() => EventSourcingModule.forRoot({ dataSource: {} as string }), 'forRoot: dataSource is {}'],
    ...[null, 5, [], 'eventfold', true].map((options): [() => unknown, string] => [
      () => EventSourcingModule.forRoot(options as never),
      `EventSourcingModule.forRoot: The argument is ${inspect(options)}: it must be an object with name, dataSource, schema, `,
    ]),
    ...[null, 5, []].map((options): [() => unknown, string] => [
      () => EventSourcingModule.forRootAsync(options as never),
      `forRootAsync: The argument is ${inspect(options)}: it must be an object with name, dataSource, imports, `,
    ]),
    [
      () => EventSourcingModule.forRootAsync(undefined as never),
      'forRootAsync: no source of options is given: it needs one of useFactory, useClass and useExisting.',
    ],
    [
      () => EventSourcingModule.forRootAsync({ useFactory: () => ({}), useClass: Plain as never }),
      'forRootAsync: useFactory and useClass are given: it needs one of useFactory, useClass and useExisting.',
    ],
    [
      () => EventSourcingModule.forRootAsync({ useFactory: 'x' as never }),
      `forRootAsync: useFactory is 'x': it must be a function that returns the options.`,
    ],
    [
      () => EventSourcingModule.forRootAsync({ useClass: 'x' as never }),
      `forRootAsync: useClass is 'x': it must be a class with a method createEventSourcingOptions.`,
    ],
    [
      () => EventSourcingModule.forRootAsync({ useExisting: {} as never }),
      'forRootAsync: useExisting is {}: it must be the token of a provider with a method createEventSourcingOptions.',
    ],
    [
      () => EventSourcingModule.forRootAsync({ useFactory: () => ({}), inject: Plain as never }),
      'forRootAsync: inject is [class Plain]: it must be an array of the dependencies of useFactory.',
    ],
    [
      () => EventSourcingModule.forRootAsync({ useFactory: () => ({}), imports: null as never }),
      'forRootAsync: imports is null: it must be an array of modules.',
    ],
    [
      () => EventSourcingModule.forRootAsync({ useFactory: () => ({}), schema: 'a' } as object),
      'EventSourcingModule.forRootAsync: schema is no option',
    ],
    [
      () => EventSourcingModule.forFeature({ agregates: [] } as object),
      'EventSourcingModule.forFeature: agregates is no option: did you mean "aggregates"?',
    ],
    [
      () => EventSourcingModule.forFeature({ aggregates: [undefined as never] }),
      'aggregates is [ undefined ]: it must be an array of aggregate classes, each with a static "stream" and "events"; a circular import leaves its class undefined.',
    ],
    [() => EventSourcingModule.forFeature({ events: [Plain as never] }), 'must be an array of event classes'],
    [
      () => EventSourcingModule.forFeature({ rows: ['Order' as never] }),
      'must be an array of entity classes',
    ],
  ])('is refused when it can mean nothing: %s', (declare, sentence) => {
    expect(declare).toThrow(sentence);
  });
});
