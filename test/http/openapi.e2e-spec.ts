import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Answer } from '../support/http/api.js';
import {
  ApiDescription,
  type JsonSchema,
  type OpenApiDocument,
  type Operation,
} from '../support/http/api-description.js';
import { writtenDocument } from '../support/http/described-answers.js';
import { errorClasses } from '../support/http/problem-codes.js';
import { type ServiceProcess, startServiceProcess } from '../support/processes/service-process.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const COMMANDS = {
  'POST /users': 'registerUser',
  'POST /users/{userId}/subscription': 'subscribeToPlan',
  'PUT /users/{userId}/preferences': 'updatePreferences',
  'POST /users/{userId}/deactivation': 'deactivateUser',
  'POST /users/{userId}/reactivation': 'reactivateUser',
  'PUT /contents/{contentId}': 'catalogueContent',
  'POST /viewing/watched': 'recordWatched',
  'POST /viewing/rated': 'recordRated',
  'POST /viewing/events': 'recordViewingEvents',
  'DELETE /users/{userId}': 'eraseUser',
};
const READ_MODEL_QUERIES = {
  'GET /users/{userId}/profile': 'getUserProfile',
  'GET /users': 'listUserProfiles',
  'GET /contents/{contentId}/popularity': 'getContentPopularity',
  'GET /contents/popularity': 'listContentPopularity',
};
const REBUILD = 'POST /projections/{name}/rebuild';
const SKIP = 'POST /projections/{name}/parked/{key}/skip';
const END_PROCESS = 'POST /processes/{name}/{key}/end';
const SEND_INPUT = 'POST /processes/{name}/{key}/inputs';
const SEE_PERSONAL_DATA = 'POST /privacy/views';
const MOVE_TIMER = 'POST /timers/{id}/move';
const WITH_BODY = [REBUILD, SKIP, END_PROCESS, SEND_INPUT, SEE_PERSONAL_DATA, MOVE_TIMER];
/** The routes of operators whose answers have data of events or rows. */
const WITH_DATA = /^\w+ \/(events|streams|projections|processes|timers|operations)\b/;
const OTHERS = {
  'GET /users/{userId}': 'getUser',
  'GET /users/{userId}/history': 'getUserHistory',
  'GET /users/{userId}/data': 'getUserData',
  'GET /privacy/erasures/{erasureId}': 'getErasure',
  [SEE_PERSONAL_DATA]: 'seePersonalData',
  'GET /health/live': 'getLiveness',
  'GET /health/ready': 'getReadiness',
  'GET /metrics': 'getMetrics',
  'GET /projections': 'listProjections',
  'GET /projections/{name}': 'getProjection',
  'POST /projections/{name}/pause': 'pauseProjection',
  'POST /projections/{name}/resume': 'resumeProjection',
  [REBUILD]: 'rebuildProjection',
  'POST /projections/{name}/rebuild/release': 'releaseRebuild',
  'DELETE /projections/{name}': 'dropProjection',
  'DELETE /projections/{name}/rebuild': 'cancelRebuild',
  'GET /projections/{name}/rebuilds': 'listRebuilds',
  'GET /operations': 'listOperations',
  'GET /processes': 'listProcesses',
  'POST /processes/{name}/{key}/retry': 'retryProcess',
  [END_PROCESS]: 'endProcess',
  [SEND_INPUT]: 'sendProcessInput',
  'GET /timers': 'listTimers',
  [MOVE_TIMER]: 'moveTimer',
  'POST /timers/{id}/cancel': 'cancelTimer',
  'GET /projections/{name}/parked': 'listParkedKeys',
  'GET /overview': 'getOverview',
  'GET /relay': 'getRelay',
  'POST /projections/{name}/parked/{key}/retry': 'retryParkedKey',
  [SKIP]: 'skipParkedKey',
  'GET /streams/{streamId}': 'readStream',
  'GET /streams/{streamId}/states': 'readStates',
  'GET /events': 'readEvents',
  'GET /events/feed': 'followEvents',
  'GET /events/{position}/rows': 'getTouchedRows',
  'GET /projections/{name}/rows/{key}': 'getRows',
  'GET /projections/{name}/rows/{key}/history': 'getRowHistory',
  'POST /projections/{name}/rows/{key}/rebuild': 'rebuildRow',
};
const ERASE = 'DELETE /users/{userId}';
const WITHOUT_VERSION = ['POST /viewing/events', ERASE];
const CHANGE_USER = Object.keys(COMMANDS).slice(1, 5);

describe('the OpenAPI document', () => {
  let database: TestDatabase;
  let service: ServiceProcess;
  let served: Answer<OpenApiDocument>;
  let document: OpenApiDocument;
  let description: ApiDescription;
  beforeAll(async () => {
    database = await createTestDatabase();
    service = await startServiceProcess({ DATABASE_URL: database.url });
    served = await service.api.get('/openapi.json');
    document = served.body;
    description = new ApiDescription(document);
  });
  afterAll(async () => {
    await service.end('SIGTERM');
    await database.drop();
  });

  const operations = () =>
    Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({
        route: `${method.toUpperCase()} ${path}`,
        parameters: [] as NonNullable<Operation['parameters']>,
        ...operation,
      })),
    );
  const operation = (route: string) => operations().find((found) => found.route === route)!;
  const namesIn = (place: string, route: string) =>
    operation(route).parameters.flatMap((found) => (found.in === place ? found.name : []));
  const answersOf = (route: string) =>
    Object.entries(operation(route).responses).map(([status, response]) => ({ status, ...response }));
  const problemsOf = (route: string) =>
    answersOf(route).flatMap(({ content }) =>
      Object.values(content['application/problem+json']?.examples ?? {}).map(
        ({ value }) => value as { type: string; status: number },
      ),
    );
  const codesOf = (route: string) => problemsOf(route).map(({ type }) => type);

  it('is in version 3.1 of the format, and JSON', () => {
    expect(served.headers.get('content-type')).toMatch(/^application\/json/);
    expect(document).toMatchObject({ openapi: '3.1.0', info: { title: 'Eventfold' } });
    expect(document.info.version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(document.servers).toEqual([expect.objectContaining({ url: '/' })]);
  });

  it('is valid by the schema of OpenAPI 3.1', async () => {
    const copy = () => structuredClone(document) as unknown as Record<string, unknown>;
    expect(await new Validator().validate(copy())).toEqual({ valid: true });
    const broken = structuredClone(document);
    broken.paths['/users']!['post']!.responses['201'] = {} as never;
    expect(await new Validator().validate({ ...broken })).toMatchObject({ valid: false });
  });

  it('is the one that `npm run openapi` writes, without a database', () => {
    expect(writtenDocument()).toEqual(document);
  });

  it('has every route and no other, under the name that a client calls it by', () => {
    const named = Object.fromEntries(operations().map(({ route, operationId }) => [route, operationId]));
    expect(named).toEqual({ ...COMMANDS, ...READ_MODEL_QUERIES, ...OTHERS });
  });

  it('says of every route what it is for, and of every group', () => {
    const groups = document.tags.map(({ name }) => name);
    for (const { description: text } of document.tags) expect(text).toMatch(/\.$/);
    for (const { route, summary, tags } of operations()) {
      expect({ route, summary, tags }).toEqual({
        route,
        summary: expect.any(String),
        tags: [expect.any(String)],
      });
      expect(groups).toContain(tags[0]);
    }
  });

  it('has every parameter of a path, none twice', () => {
    for (const { route, parameters } of operations()) {
      const inPath = [...route.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      expect({ route, inPath: namesIn('path', route) }).toEqual({ route, inPath });
      const all = parameters.map(({ name, in: place }) => `${place} ${name.toLowerCase()}`);
      expect({ route, all }).toEqual({ route, all: [...new Set(all)] });
    }
  });

  it('has every header that a route takes, and no other', () => {
    for (const { route } of operations()) {
      expect({ route, headers: namesIn('header', route).toSorted() }).toEqual({
        route,
        headers: [
          ...(route in COMMANDS ? ['Idempotency-Key'] : []),
          ...(CHANGE_USER.includes(route) ? ['If-Match'] : []),
          ...(route === 'GET /events/feed' ? ['Last-Event-ID'] : []),
          ...(WITH_DATA.test(route) ? ['Personal-Data'] : []),
          ...(route in READ_MODEL_QUERIES ? ['Read-After'] : []),
          'X-Correlation-Id',
        ],
      });
    }
  });

  it('has every header that an answer brings', () => {
    for (const { route } of operations()) {
      for (const { status, headers = {} } of answersOf(route)) {
        const isCommand = route in COMMANDS;
        const isReceipt = isCommand && status < '300' && !WITHOUT_VERSION.includes(route);
        const isRemembered = isCommand && (status < '300' || ['404', '409', '410', '412'].includes(status));
        expect({ route, status, headers: Object.keys(headers).toSorted() }).toEqual({
          route,
          status,
          headers: [
            ...(isReceipt ? ['ETag'] : []),
            ...(isRemembered ? ['Idempotent-Replayed'] : []),
            ...(status === '201' || (route === ERASE && status === '202') ? ['Location'] : []),
            ...(['429', '503'].includes(status) ? ['Retry-After'] : []),
            'X-Correlation-Id',
          ],
        });
      }
    }
  });

  it('says of every route what it takes, what it answers when all is well, and each problem by itself', () => {
    for (const { route, requestBody, responses } of operations()) {
      expect({ route, hasBody: requestBody !== undefined }).toEqual({
        route,
        hasBody: route in COMMANDS || WITH_BODY.includes(route),
      });
      const statuses = Object.keys(responses);
      expect(statuses.filter((status) => status.startsWith('2'))).toHaveLength(1);
      expect({ route, statuses }).toEqual({ route, statuses: expect.not.arrayContaining(['default']) });
      expect({ route, codes: codesOf(route) }).toMatchObject({
        codes: expect.arrayContaining(['invalid-request', 'internal-error']),
      });
    }
  });

  it.each([
    [
      'POST /users',
      409,
      ['user.already-registered', 'user.email-taken', 'subject-erased', 'answer-not-known'],
    ],
    ['GET /users/{userId}/profile', 410, ['user.erased']],
    [
      'POST /users/{userId}/subscription',
      409,
      ['version-conflict', 'user.inactive', 'user.already-on-plan', 'answer-not-known'],
    ],
    ['POST /users/{userId}/subscription', 412, ['version-mismatch']],
    ['POST /viewing/watched', 422, ['idempotency-key-reused']],
    [
      'GET /users/{userId}/profile',
      503,
      [
        'not-caught-up',
        'live.too-many',
        'database-unavailable',
        'pool-exhausted',
        'stopping',
        'keys-unavailable',
      ],
    ],
    ['GET /health/ready', 503, ['not-ready', 'stopping']],
    ['POST /projections/{name}/rebuild', 409, ['projection.rebuilding', 'projection.is-reaction']],
  ])('lists what %s may answer with %d', (route, status, codes) => {
    const listed = problemsOf(route).filter((problem) => problem.status === status);
    expect(listed.map(({ type }) => type).toSorted()).toEqual(codes.toSorted());
  });

  /** Codes that only the code of a host can cause. */
  const NOT_OVER_HTTP = [
    'clocks-differ', // the command line's
    'data-source-not-connected',
    'events-removed', // of a process without a log, as the next ones
    'stream-away',
    'wrong-stream',
    'invalid-append',
    'invalid-argument',
    'invalid-options',
    'no-body', // the command line's: a rejected message of the intake
    'partial-duplicate',
    'refused-by-route', // the form in which an exception of a route is stored
    'repeated-call',
  ];
  /** Codes without an error class of ours: those of the adapter, of the database, and of a defect. */
  const OF_OTHERS = [
    'bad-request',
    'database-unavailable',
    'internal-error',
    'payload-too-large',
    'unsupported-media-type',
    'uri-too-long',
  ];

  it('has every code that the source can answer with, and no other', () => {
    const thrown = errorClasses()
      .filter(({ kind }) => kind !== 'broken') // answered as `internal-error`
      .flatMap(({ codes }) => codes)
      .filter((code) => !NOT_OVER_HTTP.includes(code));
    const listed = operations().flatMap(({ route }) => codesOf(route));
    expect([...new Set(listed)].toSorted()).toEqual([...new Set([...thrown, ...OF_OTHERS])].toSorted());
  });

  /**
   * Error classes without a literal code: a remembered refusal has the code of another error, and the code of an
   * aggregate's error contains its stream.
   */
  const WITHOUT_A_LITERAL = ['AggregateNotFoundError', 'RepeatedRefusal', 'TransactionConflictError'];

  it('finds the codes of every error class in the source', () => {
    const without = errorClasses().filter(({ codes }) => codes.length === 0);
    expect(without.map(({ name }) => name).toSorted()).toEqual(WITHOUT_A_LITERAL);
    expect(errorClasses()).toContainEqual({
      name: 'VersionMismatchError',
      codes: ['version-mismatch'],
      kind: undefined,
    });
    expect(errorClasses()).toContainEqual({
      name: 'UserRefused',
      codes: expect.arrayContaining(['user.already-registered', 'user.already-active']),
      kind: 'refused',
    });
  });

  it('has an example of every body, right by its schema', () => {
    for (const { route, requestBody, responses } of operations()) {
      for (const { content } of [...(requestBody ? [requestBody] : []), ...Object.values(responses)]) {
        for (const { schema, example, examples } of Object.values(content)) {
          const values =
            example === undefined ? Object.values(examples ?? {}).map(({ value }) => value) : [example];
          expect({ route, count: values.length }).not.toEqual({ route, count: 0 });
          for (const value of values) {
            expect({ route, faults: description.faultsOfValue(schema, value, 'example') }).toEqual({
              route,
              faults: [],
            });
          }
        }
      }
    }
  });

  it('has an example of every header and field, right by its schema', () => {
    for (const { route, parameters } of operations()) {
      for (const { name, schema } of parameters) {
        for (const example of examplesOf(schema)) {
          expect({ route, name, faults: description.faultsOfValue(schema, example, name) }).toEqual({
            route,
            name,
            faults: [],
          });
        }
        if (PAGING.includes(name)) continue;
        expect({ route, name, examples: examplesOf(schema) }).not.toMatchObject({ examples: [] });
      }
      for (const { headers = {} } of answersOf(route)) {
        for (const [name, { schema, example }] of Object.entries(headers)) {
          expect(description.faultsOfValue(schema, example, name)).toEqual([]);
        }
      }
    }
    for (const [name, schema] of Object.entries(document.components.schemas)) {
      for (const [field, property] of Object.entries(schema.properties ?? {})) {
        for (const example of examplesOf(property)) {
          expect(description.faultsOfValue(property, example, `${name}.${field}`)).toEqual([]);
        }
      }
    }
  });

  /** Parameters that a client takes from an earlier answer, or omits. */
  const PAGING = ['cursor', 'after', 'version'];
  const examplesOf = ({ example, examples = [] }: JsonSchema): unknown[] => [
    ...(example === undefined ? [] : [example]),
    ...(examples as unknown[]),
  ];

  it('refers to nothing that is not there, and has valid schemas of JSON Schema 2020-12', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, ref]) => ref!);
    expect(references).not.toHaveLength(0);
    for (const reference of references)
      expect(() => description.faultsOfValue({ $ref: reference }, 0, '')).not.toThrow();
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    for (const [name, schema] of Object.entries(document.components.schemas)) {
      expect({ name, valid: ajv.validateSchema(schema), errors: ajv.errors }).toMatchObject({
        name,
        valid: true,
      });
    }
  });

  it('has no word of version 3.0 that 3.1 does not know', () => {
    expect(JSON.stringify(document)).not.toMatch(
      /"(nullable|exclusiveMinimum":true|exclusiveMaximum":true)"/,
    );
  });
});
