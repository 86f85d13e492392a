import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { GeneratedClient } from '../support/http/generated-client.js';
import { type ServiceProcess, startServiceProcess } from '../support/processes/service-process.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

/** The code of a front-end developer: a user, from command to read model. */
const SCENARIO = `
import createClient from 'openapi-fetch';
import type { components, paths } from './schema.js';

const api = (baseUrl: string) => createClient<paths, \`application/\${string}\`>({ baseUrl });

export async function scenario(baseUrl: string) {
  const { GET, POST, PUT } = api(baseUrl);
  const registered = await POST('/users', {
    params: { header: { 'Idempotency-Key': 'sign-up-1' } },
    body: { email: 'ada@example.org', name: 'Ada', initialPreferences: ['drama', 'comedy'] },
  });
  if (registered.error) throw new Error(registered.error.type);
  const path = { userId: registered.data.userId };

  const version = registered.response.headers.get('ETag')!;
  const subscription = { plan: 'premium', paymentMethod: 'credit_card' } as const;
  const subscribed = await POST('/users/{userId}/subscription', {
    params: { path, header: { 'If-Match': version } },
    body: subscription,
  });
  const again = await POST('/users/{userId}/subscription', { params: { path }, body: subscription });
  const preferred = await PUT('/users/{userId}/preferences', { params: { path }, body: { preferences: ['drama'] } });

  const contentId = 'metropolis-1927';
  const watched = await POST('/viewing/watched', {
    body: { ...path, contentId, watchDurationSeconds: 5400, completionPercentage: 60, genre: 'science fiction' },
  });
  if (watched.error) throw new Error(watched.error.type);

  const header = { 'Read-After': watched.data.position };
  const profile = await GET('/users/{userId}/profile', { params: { path, header } });
  const popularity = await GET('/contents/{contentId}/popularity', { params: { path: { contentId }, header } });
  const chart = await GET('/contents/popularity', { params: { query: { sort: 'trending', limit: 3 }, header } });
  const history = await GET('/users/{userId}/history', { params: { path } });
  return {
    versions: [registered.data.version, subscribed.data?.version, preferred.data?.version],
    refusal: again.error && inWords(again.error.type),
    profile: profile.data,
    popularity: popularity.data,
    chart: chart.data?.items.map((each: components['schemas']['ContentPopularity']) => each.contentId),
    history: history.data?.items.map(({ type, metadata }) => [type, metadata.schemaVersion]),
  };
}

type Refusal = NonNullable<Awaited<ReturnType<typeof subscribe>>['error']>['type'];
const subscribe = (userId: string) =>
  api('').POST('/users/{userId}/subscription', {
    params: { path: { userId } },
    body: { plan: 'basic', paymentMethod: 'card' },
  });

// A code that this route does not answer does not compile.
const WORDS: Partial<Record<Refusal, string>> = {
  'user.not-found': 'Sign up first.',
  'user.inactive': 'Welcome back! Reactivate your account first.',
  'user.already-on-plan': 'You have it already.',
  'version-mismatch': 'Something changed: look again.',
  overloaded: 'Try again in a moment.',
};
const inWords = (refusal: Refusal) => WORDS[refusal] ?? 'That is our fault.';
`;

const snippet = (call: string) => `
import createClient from 'openapi-fetch';
import type { paths } from './schema.js';
const { GET, POST } = createClient<paths, \`application/\${string}\`>({ baseUrl: '' });
const path = { userId: '3f2b8c1e-9d47-4d55-a7cb-2e2f1d9b6a10' };
export const result = async () => { ${call} };
`;

/** Each module has one mistake. */
const MISTAKES: Record<string, [call: string, said: RegExp]> = {
  aPlanThatThereIsNot: [
    `await POST('/users/{userId}/subscription', { params: { path }, body: { plan: 'gold', paymentMethod: 'card' } });`,
    /"gold"' is not assignable to type .*"premium"/,
  ],
  aFieldTooFew: [
    `await POST('/users', { body: { email: 'ada@example.org' } });`,
    /Property 'name' is missing/,
  ],
  aRouteThatThereIsNot: [`await GET('/user', {});`, /'"\/user"' is not assignable/],
  aMethodThatThereIsNot: [`await POST('/events', {});`, /is not assignable/],
  aPathWithoutItsParameter: [
    `await GET('/users/{userId}/profile', { params: {} });`,
    /Property 'path' is missing/,
  ],
  aHeaderOfAnotherType: [
    `await GET('/users/{userId}/profile', { params: { path, header: { 'Read-After': 'soon' } } });`,
    /Type 'string' is not assignable to type 'number'/,
  ],
  aFieldThatIsNotAnswered: [
    `const { data } = await GET('/users/{userId}/profile', { params: { path } }); data?.watchTime;`,
    /Property 'watchTime' does not exist/,
  ],
  aNullThatIsOverlooked: [
    `const { data } = await GET('/contents/popularity', {}); data?.items[0]?.title.length;`,
    /possibly 'null'/,
  ],
  aProblemOfAnotherRoute: [
    `const { error } = await GET('/users/{userId}/profile', { params: { path } }); error?.type === 'user.email-taken';`,
    /have no overlap/,
  ],
};

describe('a client whose types are generated from the OpenAPI document', () => {
  let database: TestDatabase;
  let service: ServiceProcess;
  let client: GeneratedClient;
  let said: Record<string, string[]>;
  beforeAll(async () => {
    database = await createTestDatabase();
    service = await startServiceProcess({ DATABASE_URL: database.url });
    client = await GeneratedClient.of((await service.api.get('/openapi.json')).body);
    const mistakes = Object.entries(MISTAKES).map(([name, [call]]) => [name, snippet(call)]);
    said = client.compile({
      scenario: SCENARIO,
      ...(Object.fromEntries(mistakes) as Record<string, string>),
    });
  });
  afterAll(async () => {
    client.remove();
    await service.end('SIGTERM');
    await database.drop();
  });

  it('compiles, strictly, and does what it says', async () => {
    expect(said['scenario']).toEqual([]);
    const { scenario } = await client.load<{ scenario: (url: string) => Promise<object> }>('scenario');
    expect(await scenario(service.api.url)).toEqual({
      versions: [1, 2, 3],
      refusal: 'You have it already.',
      profile: expect.objectContaining({
        name: 'Ada',
        subscriptionPlan: 'premium',
        preferences: ['drama'],
        totalWatchTime: 5400,
        favoriteGenres: ['drama', 'comedy', 'science fiction'],
        isPremium: true,
      }),
      popularity: expect.objectContaining({
        title: null,
        genre: 'science fiction',
        totalViews: 1,
        uniqueViewers: 1,
      }),
      chart: ['metropolis-1927'],
      history: [
        ['user.registered', 1],
        ['user.subscribed', 1],
        ['user.preferences_updated', 1],
      ],
    });
  });

  it.each(Object.entries(MISTAKES))('does not compile with %s', (name, [, told]) => {
    expect(said[name]).toEqual([expect.stringMatching(told)]);
  });
});
