import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { Pool } from 'pg';
import type { DataSource } from 'typeorm';
import { LogSignal } from './log-signal.js';
import { ResolvedOptions } from '../../options.js';
import { LogListener } from './log-listener.js';

/** A port on which no server listens. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

describe('the log listener, while the database is away', () => {
  let listener: LogListener;
  let onWarning: (message: string) => void;

  beforeEach(async () => {
    Logger.overrideLogger({ log() {}, error() {}, warn: (message) => onWarning(String(message)) });
    const options = { host: '127.0.0.1', port: await closedPort(), user: 'nobody', database: 'none' };
    const dataSource = { driver: { master: new Pool(options) } } as unknown as DataSource;
    listener = new LogListener(dataSource, new LogSignal(), new ResolvedOptions());
  });
  afterEach(() => listener.stop());

  const nextWarning = () => new Promise<string>((resolve) => (onWarning = resolve));

  it('says that projections poll instead, and can be stopped in its pause', async () => {
    const warning = nextWarning();
    listener.start();
    expect(await warning).toMatch(/polling instead: .*ECONNREFUSED/);
    expect(listener.connected).toBe(false);
    await listener.stop();
    await listener.stop();
  });

  it('connected again without a pause, thousands of times a second', async () => {
    const first = nextWarning();
    listener.start();
    await first;
    const since = performance.now();
    await nextWarning();
    expect(performance.now() - since).toBeGreaterThan(200);
  });
});
