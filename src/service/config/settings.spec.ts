import { describe, expect, it } from '@jest/globals';
import { readSettings, Settings, StartRefused } from './settings.js';

const SECRET = 'hunter2'.padEnd(32, '.');
const CLAIMS = { AUTH_ISSUER: 'https://issuer.example.org/', AUTH_AUDIENCE: 'eventfold' };

/** The line that refuses the start. */
function refusalOf(environment: NodeJS.ProcessEnv): string {
  try {
    readSettings(environment);
  } catch (error) {
    if (error instanceof StartRefused) return error.message;
    throw error;
  }
  throw new Error('It was not refused.');
}

const defaults = {
  PORT: 3000,
  HOST: '127.0.0.1',
  REPLICA_MAX_LAG_MS: 5000,
  LIVE_INTERVAL_MS: 250,
  LIVE_MAX_CONNECTIONS: 2000,
  DATABASE_SCHEMA: 'eventfold',
  DATABASE_POOL_SIZE: 10,
  DATABASE_WAIT_SECONDS: 60,
  DATABASE_QUERY_TIMEOUT_MS: 5000,
  DATABASE_CLOCK_MAX_AHEAD_SECONDS: 300,
  DATA_DIR: '.data',
  PROJECTIONS: 'on',
  PROJECTION_POLL_MS: 500,
  NOTIFICATION_CHECK_MS: 2000,
  READ_AFTER_TIMEOUT_MS: 2000,
  SNAPSHOT_EVERY: 100,
  AGGREGATE_CACHE_SIZE: 1000,
  AGGREGATE_CACHE_MB: 32,
  RETRY_MAX_ATTEMPTS: 3,
  RETRY_BASE_DELAY_MS: 100,
  TRENDING_HALF_LIFE_HOURS: 24,
  BODY_LIMIT_BYTES: 1048576,
  RATE_LIMIT_PER_MINUTE: 0,
  RELAY: 'off',
  RELAY_STREAM: 'EVENTFOLD',
  RELAY_PREFIX: 'eventfold',
  RELAY_PARTITIONS: 16,
  INTAKE_DURABLE: 'eventfold',
  SHUTDOWN_DELAY_MS: 0,
  LOG_LEVEL: 'log',
  LOG_FORMAT: 'pretty',
  DOCS: 'on',
};
const withoutDefault = [
  'DATABASE_URL',
  'DATABASE_REPLICA_URLS',
  'AUTH_JWKS_URL',
  'AUTH_JWT_SECRET',
  'AUTH_ISSUER',
  'AUTH_AUDIENCE',
  'CORS_ORIGINS',
  'JETSTREAM_URL',
  'PRIVACY_LEDGER',
  'JETSTREAM_CREDS',
  'INTAKE_STREAM',
  'NODE_ENV',
  'PRIVACY_MASTER_KEY',
  'PROCESS_NAME',
  'BUILD',
];

describe('the settings', () => {
  it('have the documented variables and defaults, and no others', () => {
    expect(readSettings({})).toEqual(defaults);
    expect(Object.keys(new Settings()).toSorted()).toEqual(
      [...Object.keys(defaults), ...withoutDefault].toSorted(),
    );
  });

  it('take an empty variable for one that is not set', () => {
    const names = Object.keys(new Settings());
    expect(readSettings(Object.fromEntries(names.map((name) => [name, ''])))).toEqual(defaults);
  });

  it('leave out what is meant for others', () => {
    expect(readSettings({ PATH: '/bin', port: '1', CONSTRUCTOR: 'x' })).toEqual(defaults);
  });

  it.each([
    ['PORT', '0', 0],
    ['PORT', ' 8080 ', 8080],
    ['HOST', 'localhost', 'localhost'],
    ['HOST', '::1', '::1'],
    ['HOST', '127.8.0.1', '127.8.0.1'],
    [
      'DATABASE_URL',
      'postgres://eve:p%40ss@localhost:5433/events',
      'postgres://eve:p%40ss@localhost:5433/events',
    ],
    ['DATABASE_URL', 'postgresql://[::1]/events', 'postgresql://[::1]/events'],
    ['DATABASE_REPLICA_URLS', 'postgres://a/b, postgres://c/d', 'postgres://a/b, postgres://c/d'],
    ['REPLICA_MAX_LAG_MS', '0', 0],
    ['LIVE_INTERVAL_MS', '0', 0],
    ['LIVE_MAX_CONNECTIONS', '1', 1],
    ['BUILD', '4f1c2ab', '4f1c2ab'],
    ['DATABASE_SCHEMA', '_x1', '_x1'],
    ['DATABASE_WAIT_SECONDS', '0', 0],
    ['DATABASE_QUERY_TIMEOUT_MS', '0', 0],
    ['PROJECTIONS', 'off', 'off'],
    ['SNAPSHOT_EVERY', '0', 0],
    ['AGGREGATE_CACHE_SIZE', '0', 0],
    ['TRENDING_HALF_LIFE_HOURS', '0.5', 0.5],
    [
      'CORS_ORIGINS',
      'https://a.example.org, http://localhost:5173',
      'https://a.example.org, http://localhost:5173',
    ],
    ['JETSTREAM_URL', 'nats://a:4222, tls://eve:p@b', 'nats://a:4222, tls://eve:p@b'],
    ['RELAY_STREAM', 'SHOP_2', 'SHOP_2'],
    ['RELAY_PREFIX', 'shop.events', 'shop.events'],
    ['RELAY_PARTITIONS', '100', 100],
    ['INTAKE_DURABLE', 'shop', 'shop'],
    ['SHUTDOWN_DELAY_MS', '15000', 15_000],
    ['LOG_LEVEL', 'fatal', 'fatal'],
    ['LOG_FORMAT', 'json', 'json'],
    ['DOCS', 'off', 'off'],
    ['NODE_ENV', 'development', 'development'],
  ])('take %s="%s" as %j', (name, value, expected) => {
    expect(readSettings({ [name]: value })).toEqual({ ...defaults, [name]: expected });
  });
});

describe('a wrong setting ends the start with one line', () => {
  it.each([
    ['PORT', '65536', 'a whole number from 0 to 65535'],
    ['PORT', '-1', 'a whole number from 0 to 65535'],
    ['PORT', '3000.5', 'a whole number from 0 to 65535'],
    ['PORT', '0x10', 'a whole number from 0 to 65535'],
    ['PORT', '3000a', 'a whole number from 0 to 65535'],
    ['PORT', ' ', 'a whole number from 0 to 65535'],
    ['DATABASE_SCHEMA', 'Events', 'a lower-case identifier of at most 48 characters'],
    ['DATABASE_SCHEMA', 'e";drop', 'a lower-case identifier of at most 48 characters'],
    ['DATABASE_SCHEMA', 'e'.repeat(49), 'a lower-case identifier of at most 48 characters'],
    ['DATABASE_SCHEMA', 'pg_a', 'no name of PostgreSQL (pg_...)'],
    ['DATABASE_SCHEMA', 'information_schema', 'no name of PostgreSQL (pg_...)'],
    ['BUILD', 'a\nb', '1 to 200 letters, digits and signs of ASCII'],
    ['REPLICA_MAX_LAG_MS', '1s', 'a whole number from 0 to 3600000'],
    ['LIVE_INTERVAL_MS', '-1', 'a whole number from 0 to 600000'],
    ['LIVE_MAX_CONNECTIONS', '0', 'a whole number from 1 to 1000000'],
    ['DATABASE_POOL_SIZE', '1', 'a whole number from 2 to 1000'],
    ['DATABASE_WAIT_SECONDS', '1m', 'a whole number from 0 to 86400'],
    ['DATABASE_QUERY_TIMEOUT_MS', '-1', 'a whole number from 0 to 3600000'],
    ['DATABASE_CLOCK_MAX_AHEAD_SECONDS', '0', 'a whole number from 1 to 31536000'],
    ['PROJECTIONS', 'true', 'on, off'],
    ['PROJECTION_POLL_MS', '0', 'a whole number from 10 to 600000'],
    ['NOTIFICATION_CHECK_MS', '2s', 'a whole number from 10 to 600000'],
    ['READ_AFTER_TIMEOUT_MS', '600001', 'a whole number from 0 to 600000'],
    ['SNAPSHOT_EVERY', '-1', 'a whole number from 0 to 1000000'],
    ['AGGREGATE_CACHE_SIZE', '1e3', 'a whole number from 0 to 1000000'],
    ['AGGREGATE_CACHE_MB', '0', 'a whole number from 1 to 1000000'],
    ['RETRY_MAX_ATTEMPTS', '0', 'a whole number from 1 to 100'],
    ['RETRY_BASE_DELAY_MS', '-5', 'a whole number from 0 to 60000'],
    ['TRENDING_HALF_LIFE_HOURS', '0', 'a number from 0.01 to 87600'],
    ['TRENDING_HALF_LIFE_HOURS', 'NaN', 'a number from 0.01 to 87600'],
    ['TRENDING_HALF_LIFE_HOURS', 'a day', 'a number from 0.01 to 87600'],
    ['BODY_LIMIT_BYTES', '1MB', 'a whole number from 1024 to 104857600'],
    ['RATE_LIMIT_PER_MINUTE', '-1', 'a whole number from 0 to 1000000'],
    ['CORS_ORIGINS', '*', 'origins such as https://app.example.org'],
    ['CORS_ORIGINS', 'https://app.example.org/', 'origins such as https://app.example.org'],
    ['CORS_ORIGINS', 'https://app.example.org,app.example.org', 'origins such as https://app.example.org'],
    ['CORS_ORIGINS', 'null', 'origins such as https://app.example.org'],
    ['RELAY', 'yes', 'on, off'],
    ['RELAY_STREAM', 'a.b', '1 to 64 letters'],
    ['RELAY_PREFIX', 'shop.*', 'up to eight words'],
    ['RELAY_PREFIX', 'shop.', 'up to eight words'],
    ['RELAY_PARTITIONS', '0', 'a whole number from 1 to 100'],
    ['RELAY_PARTITIONS', '101', 'a whole number from 1 to 100'],
    ['INTAKE_STREAM', '>', '1 to 64 letters'],
    ['INTAKE_DURABLE', 'a b', '1 to 64 letters'],
    ['SHUTDOWN_DELAY_MS', '15s', 'a whole number from 0 to 600000'],
    ['LOG_LEVEL', 'loud', 'verbose, debug, log, warn, error, fatal'],
    ['LOG_FORMAT', 'xml', 'pretty, json'],
    ['DOCS', 'no', 'on, off'],
  ])('that names %s, "%s" and the rule', (name, value, rule) => {
    const refusal = refusalOf({ [name]: value });
    expect(refusal.startsWith(`${name} is ${JSON.stringify(value)}`)).toBe(true);
    expect(refusal).toContain(rule);
    expect(refusal).not.toContain('\n');
  });

  it.each(['mysql://eve:hunter2@db/events', 'hunter2 at the db', 'postgres://eve:hunter2@'])(
    'that names DATABASE_URL and the rule, and keeps the value to itself: %s',
    (value) => {
      const refusal = refusalOf({ DATABASE_URL: value });
      expect(refusal).toMatch(/^DATABASE_URL is .* URL/);
      expect(refusal).not.toContain(value);
      expect(refusal).not.toContain('hunter2');
    },
  );

  it.each([
    'hunter2',
    'nats:hunter2',
    'http://hunter2@a',
    'nats://a,hunter2',
    'nats://eve:hunter2%@a',
    'nats://:hunter2@a',
  ])('that names JETSTREAM_URL and the rule, and keeps the value to itself: %s', (value) => {
    expect(refusalOf({ JETSTREAM_URL: value })).toMatch(/^JETSTREAM_URL is .* URLs such as nats:/);
    expect(refusalOf({ JETSTREAM_URL: value })).not.toContain('hunter2');
  });

  it.each([
    ['RELAY', 'on'],
    ['JETSTREAM_CREDS', '/etc/nats/relay.creds'],
    ['INTAKE_STREAM', 'VIEWING'],
  ])('that names %s, which does nothing without JETSTREAM_URL', (name, value) => {
    expect(refusalOf({ [name]: value })).toMatch(`${name} is "${value}", which needs a JetStream cluster`);
    expect(readSettings({ [name]: value, JETSTREAM_URL: 'nats://a:4222' })).toMatchObject({ [name]: value });
  });

  it.each([
    ['AUTH_JWT_SECRET', 'hunter2'],
    ['AUTH_JWT_SECRET', 'hunter2'.padEnd(31, '.')],
    ['AUTH_JWKS_URL', 'hunter2'],
    ['AUTH_JWKS_URL', 'file:///hunter2'],
    ['AUTH_JWKS_URL', 'https://eve:hunter2@issuer.example.org/jwks.json'],
  ])('that names %s and the rule, and keeps the value to itself: %s', (name, value) => {
    const refusal = refusalOf({ [name]: value });
    expect(refusal).toMatch(new RegExp(`^${name} is .*(32 bytes|URL)`));
    expect(refusal).not.toContain('hunter2');
  });

  it('about the first of several wrong ones', () => {
    expect(refusalOf({ LOG_LEVEL: 'loud', PORT: 'x' })).toMatch(/^PORT is "x"/);
  });

  it.each(['localhost/events', 'db.example.org:5432/events'])(
    'when DATABASE_URL has no protocol: %s',
    (value) => {
      expect(refusalOf({ DATABASE_URL: value })).toMatch(/^DATABASE_URL is/);
    },
  );

  it('even when the value has several', () => {
    expect(refusalOf({ PORT: '30\n00' })).not.toContain('\n');
  });
});

describe('an unsafe combination ends the start', () => {
  it.each([
    '0.0.0.0',
    '::',
    '192.168.1.10',
    '10.0.0.1',
    'example.org',
    'localhost.example.org',
    '127.0.0.1.nip.io',
  ])('on HOST %s, which others can reach, without authentication', (host) => {
    expect(refusalOf({ HOST: host })).toMatch(`HOST is "${host}"`);
  });

  it('in production without authentication', () => {
    expect(refusalOf({ NODE_ENV: 'production' })).toMatch('NODE_ENV is "production"');
  });

  it('when it is not clear what tokens are checked with', () => {
    const refusal = refusalOf({ AUTH_JWT_SECRET: SECRET, AUTH_JWKS_URL: 'https://hunter2.example.org/keys' });
    expect(refusal).toMatch(/^AUTH_JWKS_URL and AUTH_JWT_SECRET are both set/);
    expect(refusal).not.toContain('hunter2');
  });

  it.each(['AUTH_ISSUER', 'AUTH_AUDIENCE'] as const)(
    'when published keys would take tokens of other applications, since %s is missing',
    (missing) => {
      const AUTH_JWKS_URL = 'https://issuer.example.org/jwks.json';
      for (const value of [undefined, '']) {
        const refusal = refusalOf({ AUTH_JWKS_URL, ...CLAIMS, [missing]: value });
        expect(refusal).toMatch(`${missing} is not set, and AUTH_JWKS_URL is`);
        expect(refusal).not.toContain('\n');
      }
      expect(refusalOf({ AUTH_JWKS_URL })).toMatch('both AUTH_ISSUER and AUTH_AUDIENCE');
    },
  );

  it.each([
    'http://issuer.example.org/jwks.json',
    'http://key_server:8080/certs',
    'http://localhost.example.org/certs',
    'http://127.0.0.1.nip.io/certs',
    'http://10.0.0.1/certs',
  ])('when keys come from another machine over http: %s', (AUTH_JWKS_URL) => {
    const refusal = refusalOf({ AUTH_JWKS_URL, ...CLAIMS });
    expect(refusal).toMatch(/^AUTH_JWKS_URL is .*https, or of http on a loopback host/);
    expect(refusal).not.toContain(AUTH_JWKS_URL);
  });

  it.each(['AUTH_ISSUER', 'AUTH_AUDIENCE'])('when %s alone is set', (name) => {
    for (const HOST of ['127.0.0.1', '0.0.0.0']) {
      expect(refusalOf({ [name]: 'https://issuer.example.org', HOST })).toMatch(
        `${name} is set, but nothing`,
      );
    }
  });

  it.each<[string, NodeJS.ProcessEnv]>([
    ['a secret', { AUTH_JWT_SECRET: SECRET, AUTH_ISSUER: 'me', AUTH_AUDIENCE: 'eventfold' }],
    ['a secret of 32 bytes in 16 characters', { AUTH_JWT_SECRET: '\u00fc'.repeat(16) }],
    ['published keys', { AUTH_JWKS_URL: 'https://issuer.example.org/jwks.json', ...CLAIMS }],
    [
      'published keys of a host in the same network',
      { AUTH_JWKS_URL: 'https://key_server:8443/certs', ...CLAIMS },
    ],
    ['published keys of this machine', { AUTH_JWKS_URL: 'http://127.0.0.1:8080/certs', ...CLAIMS }],
    ['published keys of this machine by IPv6', { AUTH_JWKS_URL: 'http://[::1]:8080/certs', ...CLAIMS }],
  ])('not where tokens are checked with %s', (_, authentication) => {
    for (const place of [{ HOST: '0.0.0.0' }, { HOST: '::', NODE_ENV: 'production' }]) {
      expect(readSettings({ ...authentication, ...place })).toMatchObject(authentication);
    }
  });
});
