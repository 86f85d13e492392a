/** The start of the replica in docker-compose.scale.yml, run without a container engine. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { findServerUser } from '../../src/service/database/server-user.js';
import { installedPrograms, InstalledServer } from '../support/servers/installed-server.js';

const run = promisify(execFile);
const programs = installedPrograms();
const file = readFileSync(fileURLToPath(new URL('../../docker-compose.scale.yml', import.meta.url)), 'utf8');
const { primary, replica } = parse(file, { merge: true }).services;

(programs === undefined ? describe.skip : describe)('the replica of docker-compose.scale.yml', () => {
  let server: InstalledServer;
  let data: string;
  beforeAll(async () => {
    server = await InstalledServer.start(programs!, primary.command.slice(1).join(' '));
    await server.query('create role eventfold superuser login');
    await server.query('create database eventfold');
    data = server.file('replica');
  });
  afterAll(() => server?.remove());

  /** All but the last step, which starts the server of the image. */
  async function start(): Promise<void> {
    const script: string = replica.entrypoint
      .at(-1)
      .replaceAll('$$', '$')
      .replaceAll('--host=primary', '--host=127.0.0.1')
      .replace('exec postgres', 'test -f "$PGDATA/standby.signal"');
    const owner = await findServerUser();
    const { PATH } = process.env;
    const env = { PATH: `${programs}:${PATH}`, PGPORT: new URL(server.url).port, PGDATA: data, LC_ALL: 'C' };
    await run('bash', ['-c', script], { cwd: '/', env, ...(owner && { uid: owner.uid, gid: owner.gid }) });
  }
  const slots = () => server.query('select slot_name, wal_status from pg_replication_slots');

  it('copies the primary once', async () => {
    await start();
    await writeFile(`${data}/mark`, '');
    await start();
    expect(existsSync(`${data}/mark`)).toBe(true);
    expect(await slots()).toEqual([{ slot_name: 'replica', wal_status: 'reserved' }]);
  });

  it('copies it again when the volume was removed, or a copy was broken off', async () => {
    await rm(data, { recursive: true });
    await start();
    await rename(data, `${data}.part`);
    await start();
    expect(existsSync(`${data}.part`)).toBe(false);
    expect(await slots()).toEqual([{ slot_name: 'replica', wal_status: 'reserved' }]);
  });

  it('leaves the primary a limit for the WAL that it keeps for a replica that is gone', async () => {
    const [{ max_slot_wal_keep_size: limit }] = await server.query<any>('show max_slot_wal_keep_size');
    expect(limit).toBe('4GB');
  });
});
