import { describe, expect, it } from '@jest/globals';
import { Client, type ClientConfig, Pool } from 'pg';
import type { DataSource } from 'typeorm';
import { clientBeside, poolOf } from './pool.js';

const USUAL = { host: '127.0.0.1', port: 1, user: 'eve', database: 'events' };
/** The options that the class of `pg` keeps. */
interface Inside {
  password: unknown;
  ssl: unknown;
  connectionParameters: Record<string, unknown>;
}
const connecting = (config: ClientConfig) =>
  clientBeside(new Pool(config), { application_name: 'beside' }) as unknown as Client & Inside;

describe('a connection beside the pool', () => {
  const password = async () => 'of this minute';

  it.each<[string, ClientConfig, unknown]>([
    ['a password', { ...USUAL, password: 'hunter2' }, 'hunter2'],
    ['a function that fetches one', { ...USUAL, password }, password],
    [
      'one in a connection string',
      { connectionString: 'postgres://eve:hunter2@127.0.0.1:1/events' },
      'hunter2',
    ],
    ['one for a Unix socket', { ...USUAL, host: '/run/postgresql', password: 'hunter2' }, 'hunter2'],
  ])('has the password of the pool: %s', (_what, config, expected) => {
    expect(connecting(config).password).toBe(expected);
  });

  it('has its host, which may be the folder of a Unix socket', () => {
    expect(connecting({ ...USUAL, host: '/run/postgresql' }).host).toBe('/run/postgresql');
  });

  it('has its TLS, the hidden key included', () => {
    const ssl = { key: 'a key', cert: 'a certificate', ca: 'an authority', rejectUnauthorized: true };
    const beside = connecting({ ...USUAL, ssl });
    expect(beside.ssl).toMatchObject({ cert: 'a certificate', rejectUnauthorized: true });
    expect((beside.ssl as unknown as { key: string }).key).toBe('a key');
  });

  it('has a name of its own, and leaves the options of the pool as they are', () => {
    const pool = new Pool({ ...USUAL, password: 'hunter2', application_name: 'host' });
    const { connectionParameters } = clientBeside(pool, { application_name: 'beside' }) as unknown as Inside;
    expect(connectionParameters.application_name).toBe('beside');
    expect(pool.options).toMatchObject({ application_name: 'host', password: 'hunter2' });
  });

  it('is of the class that the pool makes its own of', () => {
    class Special extends Client {}
    expect(connecting({ ...USUAL, Client: Special } as ClientConfig)).toBeInstanceOf(Special);
  });
});

it('without a pool, what to call is said', () => {
  expect(() => poolOf({ driver: {} } as DataSource)).toThrow('has not called dataSource.initialize() yet');
});
