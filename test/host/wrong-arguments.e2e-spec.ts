import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import {
  ErasureProof,
  ErasureService,
  EventStore,
  LogVerifier,
  MessageContext,
  ProcessInstances,
  ProjectionOperations,
  LiveFeed,
  LogSearch,
  OperationsLog,
  PersonalData,
  ProjectionProgress,
  Rehearsal,
  RowHistory,
  StreamStates,
  Telemetry,
  TextSearch,
  TimerOperations,
  Timers,
} from '../../src/event-sourcing/index.js';
import { User } from '../../src/users/user.js';
import { UserRepository } from '../../src/users/user.repository.js';
import { startTestService, type TestService } from '../support/http/test-service.js';

const NEVER_TEXT = [null, '', 7, {}];
const TEXT = [undefined, ...NEVER_TEXT];
const STORABLE = [...TEXT, '\0', '\ud800'];
const NEVER_WHOLE = [null, NaN, -1, 1.5, Infinity, '', '1', {}];
const WHOLE = [undefined, ...NEVER_WHOLE];
const OPTIONS = [null, 7, 'text', [], { misspelt: 1 }];
const MANAGER = [null, {}, 'manager'];
const INSTANT = [undefined, null, '2026-01-01', 0, new Date(NaN), new Date(-8.64e15)];
const DUE = [undefined, null, '30m', 7, new Date(NaN), { in: 'soon' }, { in: -1 }, { after: '1h' }];
const TIMER = '0197b3a0-5c1e-7d0a-9a5b-3f2b8c1e4d6f';
const FUNCTION = [undefined, null, 'text', {}];
const LIST = [undefined, null, 'text', {}, [undefined], [7]];
const NEVER_FLAG = [null, 'false', 0];

type Call = (wrong: any) => unknown;
/** The method, a call with one argument to be given, the name of the argument in the error, and its wrong values. */
type Row = [method: string, call: Call, path: string, wrongs: readonly unknown[]];

const next = (pages: AsyncGenerator) => pages.next();

/** Public methods without a row, since only the core calls them, or since they take what the core has made. */
const OF_THE_CORE = [
  /^AggregateRoot\./, // its own tests
  /^(CurrentTurn|EventRegistry|Rows|Clock|EventSourcingModule|IdempotentCall)\./,
  /^EventStore\.(appendDecision|appendToStream)$/, // the second one calls appendToStreams
  /^EventSourcedRepository\.streamOf$/,
  /^MessageContext\.(caller|currentCall|runCall|runHandling|runOnce)$/,
  /^ProjectionProgress\.(follow|register)$/,
  /^(LogClock|Telemetry)\.(appended|appendFailed|batchSent|measureAppend|timersFired|turnFailed|turnFolded)$/,
  /^(ErasureReports\.(of|isGenuine)|ErasureService\.(onRequest|repeat)|TextSearch\.find)$/,
];

/** The methods with parameters of the classes in the report on the package's interface. */
function publicMethods(): string[] {
  const report = readFileSync('api/index.api.md', 'utf8');
  const classes = report.matchAll(/^export (?:abstract )?class (\w+)[^]*?^}/gm);
  return [...classes].flatMap(([text, name]) =>
    [...text.matchAll(/^ {4}(\w+)(?:<.*?>)?\((?!\))/gm)]
      .filter(([, method]) => method !== 'constructor')
      .map(([, method]) => `${name}.${method}`),
  );
}

describe('a public method with a wrong argument', () => {
  let service: TestService;
  let store: EventStore;
  let users: UserRepository;
  let operations: ProjectionOperations;
  const get = <Part>(part: abstract new (...parameters: any[]) => Part): Part => service.app.get(part);

  beforeAll(async () => {
    service = await startTestService({ PROJECTIONS: 'off' });
    store = get(EventStore);
    users = service.app.get(UserRepository);
    operations = get(ProjectionOperations);
  });
  afterAll(() => service.stop());

  const mark = { position: 0, digest: '0'.repeat(64) };
  const append = (wrong: any) => store.appendToStream('a-1', 'any', [{ type: 'a.b', data: {} }], wrong);
  const verify = (over: object) =>
    get(LogVerifier).verify({ onPage: () => undefined, signal: new AbortController().signal, ...over });
  const read = (wrong: { name?: any; position?: any; query?: any; wait?: any }) => {
    const right = { name: 'user-profile', position: 0, query: () => Promise.resolve(), wait: {} };
    const { name, position, query, wait } = { ...right, ...wrong };
    return get(ProjectionProgress).read(name, position, query, wait);
  };
  const watch = (wrong: object) =>
    get(LiveFeed).watch({ projection: 'user-profile', read: () => Promise.resolve(), ...wrong });
  const schedule = (wrong: { at?: any; event?: any; options?: any }) => {
    const { at, event, options } = { at: new Date(), event: {}, options: { stream: 'a' }, ...wrong };
    return get(Timers).schedule(at, event, options);
  };
  const sendInput = (wrong: { name?: any; key?: any; input?: any; options?: any }) => {
    const given = { name: 'checkout', key: 'a', input: { type: 'a', data: {} }, options: {}, ...wrong };
    return get(ProcessInstances).send(given.name, given.key, given.input, given.options);
  };
  const update = (given: any) => users.update('1', () => undefined, given);

  const table: Row[] = [
    ['EventStore.appendToStreams', append, 'options', OPTIONS],
    ['EventStore.appendToStreams', (manager) => append({ manager }), 'options.manager', MANAGER],
    ['EventStore.appendToStreams', (at) => append({ at }), 'options.at', [null, 'comit', 1]],
    ['EventStore.appendToStreams', (wrong) => store.appendToStreams(wrong), 'appends', LIST],
    ['EventStore.appendEach', (wrong) => store.appendEach(wrong), 'appends', LIST],
    ['EventStore.appendEach', (wrong) => store.appendEach([], wrong), 'options', OPTIONS],
    ['EventStore.pendingEvents', (wrong) => store.pendingEvents(wrong), 'streamId', TEXT],
    ['EventStore.pendingEvents', (wrong) => store.pendingEvents('a-1', wrong), 'manager', MANAGER],
    ['EventStore.readStream', (wrong) => store.readStream(wrong), 'streamId', TEXT],
    ['EventStore.readStream', (wrong) => store.readStream('a-1', wrong), 'options', OPTIONS],
    [
      'EventStore.readStream',
      (fromVersion) => store.readStream('a-1', { fromVersion }),
      'options.fromVersion',
      NEVER_WHOLE,
    ],
    [
      'EventStore.readStream',
      (maxCount) => store.readStream('a-1', { maxCount }),
      'options.maxCount',
      NEVER_WHOLE,
    ],
    [
      'EventStore.readStream',
      (direction) => store.readStream('a-1', { direction }),
      'options.direction',
      [null, 'up', 1],
    ],
    ['EventStore.readStream', (manager) => store.readStream('a-1', {}, manager), 'manager', MANAGER],
    ['EventStore.readStreamPart', (wrong) => store.readStreamPart(wrong), 'streamId', TEXT],
    ['EventStore.iterateStream', (wrong) => next(store.iterateStream(wrong)), 'streamId', TEXT],
    ['EventStore.iterateStream', (wrong) => next(store.iterateStream('a-1', wrong)), 'options', OPTIONS],
    [
      'EventStore.iterateStream',
      (pageSize) => next(store.iterateStream('a-1', { pageSize })),
      'options.pageSize',
      [0, ...NEVER_WHOLE],
    ],
    [
      'EventStore.iterateStream',
      (fromVersion) => next(store.iterateStream('a-1', { fromVersion })),
      'options.fromVersion',
      NEVER_WHOLE,
    ],
    [
      'EventStore.iterateStream',
      (manager) => next(store.iterateStream('a-1', {}, manager)),
      'manager',
      MANAGER,
    ],
    ['EventStore.readAll', (wrong) => store.readAll(wrong), 'options', OPTIONS],
    [
      'EventStore.readAll',
      (fromPosition) => store.readAll({ fromPosition }),
      'options.fromPosition',
      NEVER_WHOLE,
    ],
    ['EventStore.readAll', (maxCount) => store.readAll({ maxCount }), 'options.maxCount', NEVER_WHOLE],
    [
      'EventStore.readAll',
      (types) => store.readAll({ types }),
      'options.types',
      ['a.b', {}, [7], ['\0'], ['']],
    ],
    ['EventStore.iterateAll', (wrong) => next(store.iterateAll(wrong)), 'options', OPTIONS],
    [
      'EventStore.iterateAll',
      (pageSize) => next(store.iterateAll({ pageSize })),
      'options.pageSize',
      [0, ...NEVER_WHOLE],
    ],
    [
      'EventStore.iterateAll',
      (fromPosition) => next(store.iterateAll({ fromPosition })),
      'options.fromPosition',
      NEVER_WHOLE,
    ],
    [
      'EventStore.iterateAll',
      (types) => next(store.iterateAll({ types })),
      'options.types',
      ['a.b', {}, [7], ['\0'], ['']],
    ],
    ['EventStore.versionAt', (wrong) => store.versionAt(wrong, new Date()), 'streamId', TEXT],
    ['EventStore.versionAt', (wrong) => store.versionAt('a-1', wrong), 'instant', INSTANT],
    [
      'EventStore.readPositions',
      (wrong) => store.readPositions(wrong),
      'positions',
      [...LIST.slice(0, 4), [NaN], [1.5], ['x']],
    ],
    ['EventSourcedRepository.exists', (wrong) => users.exists(wrong), 'id', TEXT],
    ['EventSourcedRepository.find', (wrong) => users.find(wrong), 'id', TEXT],
    ['EventSourcedRepository.find', (wrong) => users.find('1', wrong), 'manager', MANAGER],
    ['EventSourcedRepository.findAt', (wrong) => users.findAt(wrong, new Date()), 'id', TEXT],
    ['EventSourcedRepository.findAt', (wrong) => users.findAt('1', wrong), 'instant', INSTANT],
    ['EventSourcedRepository.findAtVersion', (wrong) => users.findAtVersion(wrong, 1), 'id', TEXT],
    ['EventSourcedRepository.findAtVersion', (wrong) => users.findAtVersion('1', wrong), 'version', WHOLE],
    [
      'EventSourcedRepository.create',
      (wrong) => users.create(wrong),
      'aggregate',
      [undefined, null, 'text', { id: '1' }],
    ],
    ['EventSourcedRepository.create', (id) => users.create(new User(id)), 'aggregate', TEXT],
    ['EventSourcedRepository.create', (wrong) => users.create(new User('1'), wrong), 'options', OPTIONS],
    ['EventSourcedRepository.update', (wrong) => users.update(wrong, () => undefined), 'id', TEXT],
    ['EventSourcedRepository.update', (wrong) => users.update('1', wrong), 'decide', FUNCTION],
    ['EventSourcedRepository.update', update, 'options', OPTIONS],
    ['EventSourcedRepository.update', (manager) => update({ manager }), 'options.manager', MANAGER],
    ['EventSourcedRepository.update', (at) => update({ at }), 'options.at', [null, 'comit']],
    ['EventSourcedRepository.update', (retry) => update({ retry }), 'options.retry', [null, 3]],
    [
      'EventSourcedRepository.update',
      (alongside) => update({ alongside }),
      'options.alongside',
      LIST.slice(1),
    ],
    [
      'EventSourcedRepository.update',
      (expectedVersion) => update({ expectedVersion }),
      'options.expectedVersion',
      NEVER_WHOLE,
    ],
    ['ProjectionProgress.waitFor', (wrong) => get(ProjectionProgress).waitFor(wrong, 1), 'name', STORABLE],
    [
      'ProjectionProgress.waitFor',
      (wrong) => get(ProjectionProgress).waitFor('user-profile', wrong),
      'position',
      NEVER_WHOLE,
    ],
    [
      'ProjectionProgress.waitFor',
      (wrong) => get(ProjectionProgress).waitFor('user-profile', 0, wrong),
      'options',
      OPTIONS,
    ],
    [
      'ProjectionProgress.waitFor',
      (withinMs) => get(ProjectionProgress).waitFor('user-profile', 9, { withinMs }),
      'options.withinMs',
      [null, NaN, -1, '', '1'],
    ],
    [
      'ProjectionProgress.waitFor',
      (key) => get(ProjectionProgress).waitFor('user-profile', 0, { key }),
      'options.key',
      [null, 7, {}],
    ],
    ['ProjectionProgress.positionOf', (wrong) => get(ProjectionProgress).positionOf(wrong), 'name', STORABLE],
    ['LiveFeed.events', (wrong) => get(LiveFeed).events(wrong), 'options', OPTIONS],
    ['LiveFeed.events', (after) => get(LiveFeed).events({ after }), 'options.after', NEVER_WHOLE],
    ['LiveFeed.events', (streamId) => get(LiveFeed).events({ streamId }), 'options.streamId', [null, 7, '']],
    [
      'LiveFeed.events',
      (types) => get(LiveFeed).events({ types }),
      'options.types',
      [null, 'a.b', [7], ['']],
    ],
    ['LiveFeed.batches', (wrong) => get(LiveFeed).batches(wrong), 'options', OPTIONS],
    ['LiveFeed.watch', (projection) => watch({ projection }), 'options.projection', STORABLE],
    ['LiveFeed.watch', (key) => watch({ key }), 'options.key', [null, 7, {}]],
    ['LiveFeed.watch', (wrong) => watch({ read: wrong }), 'options.read', [undefined, null, 7]],
    ['ProjectionProgress.read', (wrong) => read({ name: wrong }), 'name', STORABLE],
    ['ProjectionProgress.read', (position) => read({ position }), 'position', NEVER_WHOLE],
    ['ProjectionProgress.read', (query) => read({ query }), 'query', FUNCTION.slice(1)],
    ['ProjectionProgress.read', (wait) => read({ wait }), 'wait', OPTIONS],
    ...(['get', 'pause', 'resume', 'rebuild', 'release', 'cancelRebuild', 'parked', 'drop'] as const).map(
      (act): Row => [`ProjectionOperations.${act}`, (wrong) => operations[act](wrong), 'name', STORABLE],
    ),
    ...(['retry', 'skip'] as const).flatMap((act): Row[] => [
      [`ProjectionOperations.${act}`, (wrong) => operations[act](wrong, 'key'), 'name', STORABLE],
      [`ProjectionOperations.${act}`, (wrong) => operations[act]('user-profile', wrong), 'key', STORABLE],
    ]),
    ['ProjectionOperations.retryAll', (wrong) => next(operations.retryAll(wrong)), 'name', STORABLE],
    [
      'ProjectionOperations.rebuild',
      (wrong) => operations.rebuild('user-profile', wrong),
      'options',
      OPTIONS,
    ],
    [
      'ProjectionOperations.rebuild',
      (hold) => operations.rebuild('user-profile', { hold }),
      'options.hold',
      NEVER_FLAG,
    ],
    ['ProjectionOperations.parked', (wrong) => operations.parked('user-profile', wrong), 'page', OPTIONS],
    [
      'ProjectionOperations.parked',
      (limit) => operations.parked('user-profile', { limit }),
      'page.limit',
      NEVER_WHOLE,
    ],
    [
      'ProjectionOperations.parked',
      (after) => operations.parked('user-profile', { after }),
      'page.after',
      [null, 7, {}, '\0', '\ud800'],
    ],
    [
      'ProjectionOperations.parked',
      (build) => operations.parked('user-profile', { build }),
      'page.build',
      [null, 'shadow', 1],
    ],
    ['ProjectionOperations.rebuildRow', (wrong) => operations.rebuildRow(wrong, 'a'), 'name', STORABLE],
    ['ProjectionOperations.rebuildRow', (key) => operations.rebuildRow('user-profile', key), 'key', STORABLE],
    ['ProjectionOperations.rebuilds', (wrong) => operations.rebuilds(wrong), 'name', STORABLE],
    ['ProjectionOperations.rebuilds', (wrong) => operations.rebuilds('user-profile', wrong), 'page', OPTIONS],
    ['OperationsLog.list', (wrong) => get(OperationsLog).list(wrong), 'page', OPTIONS],
    ['OperationsLog.list', (limit) => get(OperationsLog).list({ limit }), 'page.limit', NEVER_WHOLE],
    ['ProcessInstances.list', (wrong) => get(ProcessInstances).list(wrong), 'page', OPTIONS],
    ['ProcessInstances.list', (limit) => get(ProcessInstances).list({ limit }), 'page.limit', NEVER_WHOLE],
    [
      'ProcessInstances.list',
      (state) => get(ProcessInstances).list({ state }),
      'page.state',
      [null, 'done', 1],
    ],
    [
      'ProcessInstances.list',
      (after) => get(ProcessInstances).list({ after }),
      'page.after',
      [null, 'a', { name: 'a' }],
    ],
    ...(['get', 'retry', 'end'] as const).flatMap((method): Row[] => [
      [`ProcessInstances.${method}`, (wrong) => get(ProcessInstances)[method](wrong, 'a'), 'name', STORABLE],
      [
        `ProcessInstances.${method}`,
        (wrong) => get(ProcessInstances)[method]('checkout', wrong),
        'key',
        STORABLE,
      ],
    ]),
    [
      'ProcessInstances.end',
      (wrong) => get(ProcessInstances).end('checkout', 'a', wrong),
      'options',
      OPTIONS,
    ],
    ['ProcessInstances.send', (name) => sendInput({ name }), 'name', STORABLE],
    ['ProcessInstances.send', (key) => sendInput({ key }), 'key', STORABLE],
    ['ProcessInstances.send', (input) => sendInput({ input }), 'input', [null, 'a', { type: 'a' }]],
    ['ProcessInstances.send', (options) => sendInput({ options }), 'options', OPTIONS],
    ['Timers.schedule', (at) => schedule({ at }), 'at', DUE],
    ['Timers.schedule', (event) => schedule({ event }), 'event', [undefined, null, 'a.b']],
    ['Timers.schedule', (options) => schedule({ options }), 'options', OPTIONS],
    ['Timers.schedule', (stream) => schedule({ options: { stream } }), 'options.stream', STORABLE],
    ['Timers.schedule', (id) => schedule({ options: { stream: 'a', id } }), 'options.id', [null, 7, 'a']],
    ['Timers.move', (id) => get(Timers).move(id, new Date()), 'id', TEXT],
    ['Timers.move', (at) => get(Timers).move(TIMER, at), 'at', DUE],
    ['Timers.move', (wrong) => get(Timers).move(TIMER, new Date(), wrong), 'options', OPTIONS],
    ['Timers.cancel', (id) => get(Timers).cancel(id), 'id', TEXT],
    ['Timers.cancel', (wrong) => get(Timers).cancel(TIMER, wrong), 'options', OPTIONS],
    ['Timers.find', (id) => get(Timers).find(id), 'id', TEXT],
    ['Timers.list', (wrong) => get(Timers).list(wrong), 'page', OPTIONS],
    ['Timers.list', (limit) => get(Timers).list({ limit }), 'page.limit', NEVER_WHOLE],
    ['TimerOperations.move', (id) => get(TimerOperations).move(id, new Date()), 'id', TEXT],
    ['TimerOperations.move', (at) => get(TimerOperations).move(TIMER, at), 'at', DUE],
    ['TimerOperations.cancel', (id) => get(TimerOperations).cancel(id), 'id', TEXT],
    ['ErasureService.request', (subject) => get(ErasureService).request(subject), 'subject', STORABLE],
    ['ErasureService.request', (wrong) => get(ErasureService).request('a', wrong), 'request', OPTIONS],
    ['ErasureService.recordBy', (record) => get(ErasureService).recordBy(record), 'record', FUNCTION],
    ['ErasureService.get', (id) => get(ErasureService).get(id), 'id', STORABLE],
    ['ErasureService.settled', (id) => get(ErasureService).settled(id, 0), 'id', STORABLE],
    ['ErasureService.settled', (within) => get(ErasureService).settled('a', within), 'withinMs', WHOLE],
    ...(['find', 'isErased', 'lift'] as const).map((method): Row => [
      `ErasureService.${method}`,
      (subject) => get(ErasureService)[method](subject),
      'subject',
      STORABLE,
    ]),
    ['TextSearch.addPlace', (place) => get(TextSearch).addPlace(place), 'place', [undefined, null, 7, {}]],
    ['ErasureProof.verify', (subject) => get(ErasureProof).verify(subject), 'subject', STORABLE],
    [
      'ErasureProof.verify',
      (texts) => get(ErasureProof).verify('a', texts),
      'texts',
      [null, 'ann', [''], [7]],
    ],
    ['PersonalData.of', (subject) => get(PersonalData).of(subject), 'subject', STORABLE],
    ['LogSearch.find', (wrong) => get(LogSearch).find(wrong), 'options', OPTIONS],
    ['LogSearch.find', (limit) => get(LogSearch).find({ limit }), 'options.limit', NEVER_WHOLE],
    ['RowHistory.rows', (wrong) => get(RowHistory).rows(wrong, 'a'), 'name', STORABLE],
    ['RowHistory.rows', (key) => get(RowHistory).rows('user-profile', key), 'key', STORABLE],
    [
      'RowHistory.history',
      (wrong) => get(RowHistory).history('user-profile', 'a', wrong),
      'options',
      OPTIONS,
    ],
    ['RowHistory.touchedBy', (position) => get(RowHistory).touchedBy(position), 'position', WHOLE],
    ['StreamStates.read', (wrong) => get(StreamStates).read(wrong), 'streamId', STORABLE],
    ['StreamStates.read', (wrong) => get(StreamStates).read('user-1', wrong), 'options', OPTIONS],
    ['Rehearsal.run', (wrong) => get(Rehearsal).run(wrong), 'options', OPTIONS],
    ['Rehearsal.run', (whole) => get(Rehearsal).run({ whole }), 'options.whole', NEVER_FLAG],
    ...(['sample', 'from', 'seed', 'maxRows'] as const).map((name): Row => [
      'Rehearsal.run',
      (wrong) => get(Rehearsal).run({ [name]: wrong }),
      `options.${name}`,
      NEVER_WHOLE,
    ]),
    [
      'Rehearsal.run',
      (onProgress) => get(Rehearsal).run({ onProgress }),
      'options.onProgress',
      FUNCTION.slice(1),
    ],
    ['Rehearsal.run', (signal) => get(Rehearsal).run({ signal }), 'options.signal', [null, {}, true]],
    ['LogVerifier.verify', (wrong) => get(LogVerifier).verify(wrong), 'task', OPTIONS],
    ['LogVerifier.verify', (onPage) => verify({ onPage }), 'task.onPage', FUNCTION],
    ['LogVerifier.verify', (signal) => verify({ signal }), 'task.signal', [undefined, null, {}]],
    [
      'LogVerifier.verify',
      (unknownTypes) => verify({ unknownTypes }),
      'task.unknownTypes',
      [null, 'list', true],
    ],
    [
      'LogVerifier.verify',
      (from) => verify({ from }),
      'task.from',
      [null, '0:00', { ...mark, position: -1 }],
    ],
    [
      'LogVerifier.verify',
      (wrong) => verify({ expect: wrong }),
      'task.expect',
      [null, {}, { ...mark, digest: 'abc' }],
    ],
    [
      'MessageContext.run',
      (wrong) => get(MessageContext).run(wrong, () => 1),
      'message',
      [undefined, null, {}, { correlationId: 'c' }, { correlationId: 'c', causationId: 'c', userId: 7 }],
    ],
    [
      'MessageContext.run',
      (wrong) => get(MessageContext).run({ correlationId: 'c', causationId: 'c' }, wrong),
      'work',
      FUNCTION,
    ],
    ['Telemetry.observe', (wrong) => get(Telemetry).observe(wrong), 'observer', [undefined, null, 7]],
  ];
  const single = table.flatMap(([method, call, path, wrongs]) =>
    wrongs.map((wrong) => ({ method, call, path, wrong, text: inspect(wrong) })),
  );

  it.each(single)('$method refuses $path $text in a sentence', async ({ method, call, path, wrong }) => {
    const head = await store.head();
    const error = await Promise.resolve()
      .then(() => call(wrong))
      .then(
        () => undefined,
        (refusal: unknown) => refusal,
      );
    expect(error).toMatchObject({ kind: 'invalid', code: 'invalid-argument' });
    const { message } = error as Error;
    expect(message).toMatch(new RegExp(`(^|\n)${method}: ${path}`));
    expect(message).toMatch(/it must be|no option/);
    expect(await store.head()).toBe(head);
  });

  it('is in this table, when it is not for the core alone', () => {
    const inTable = new Set(table.map(([method]) => method));
    const methods = publicMethods();
    expect(methods).toContain('EventStore.readStream');
    const missing = methods.filter(
      (method) => !inTable.has(method) && !OF_THE_CORE.some((pattern) => pattern.test(method)),
    );
    expect(missing).toEqual([]);
  });

  it('has a sentence for each wrong argument', async () => {
    const call = store.readStream(7 as any, { maxCount: -1, fromVersoin: 3 } as any);
    await expect(call).rejects.toThrow(
      'EventStore.readStream: streamId is 7: it must be a text that is not empty.\n' +
        'EventStore.readStream: options.fromVersoin is no option: did you mean "fromVersion"?\n' +
        'EventStore.readStream: options.maxCount is -1: it must be a whole number from 0 to 9,007,199,254,740,991.',
    );
  });

  it('does not refuse what is left out, or lies beyond the log', async () => {
    expect(await store.readStream('none-1', { maxCount: undefined, fromVersion: 2 ** 40 })).toEqual([]);
    expect(await store.readStream('none-1', { maxCount: 0 })).toEqual([]);
    expect(await store.readAll({ fromPosition: Number.MAX_SAFE_INTEGER })).toEqual([]);
    expect(await store.versionAt('\0', new Date())).toBe(0);
    const whole = { whole: undefined, sample: undefined, signal: undefined } as object;
    expect(await get(Rehearsal).run(whole)).toMatchObject({ ok: true });
  });

  it('reads each event once from version 0 on, across pages', async () => {
    const events = Array.from({ length: 5 }, (_, n) => ({ type: 'test.noted', data: { n } }));
    await store.appendToStream('pages-1', 'no-stream', events);
    const versions: number[] = [];
    for await (const { version } of store.iterateStream('pages-1', { fromVersion: 0, pageSize: 2 }))
      versions.push(version);
    expect(versions).toEqual([1, 2, 3, 4, 5]);
  });
});
