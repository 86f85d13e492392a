import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EventEmitter, once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { Pool } from 'pg';
import { guardConnections } from './connection-guard.js';

/** A message of the PostgreSQL protocol: its type, its length, its content. */
function message(type: string, content: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(content.length + 4);
  return Buffer.concat([Buffer.from(type), length, content]);
}

const GREETING = Buffer.concat([message('R', Buffer.alloc(4)), message('Z', Buffer.from('I'))]);
const TERMINATED = message('E', Buffer.from('SFATAL\0C57P01\0Mterminating connection\0\0'));

describe('a connection that the server ends in the packet that greets it', () => {
  let server: Server;
  let pool: Pool;

  beforeEach(async () => {
    server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end(Buffer.concat([GREETING, TERMINATED])));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    pool = new Pool({ host: '127.0.0.1', port, user: 'nobody', database: 'none' });
    pool.on('error', () => undefined);
  });
  afterEach(async () => {
    await pool.end();
    server.close();
  });

  it('fails the statement that wanted it, and does not end the process', async () => {
    guardConnections(pool);
    const client = await pool.connect();
    await expect(client.query('select 1')).rejects.toThrow();
    client.release(true);
  });
});

describe('a connection that was there before the guard', () => {
  it('does not end the process when the server ends it while it is lent and idle', async () => {
    const lent = new EventEmitter();
    const master = new EventEmitter();
    for (let call = 0; call < 2; call++) guardConnections(master as unknown as Pool);
    for (let loan = 0; loan < 2; loan++) master.emit('acquire', lent);
    expect(() => lent.emit('error', new Error('terminating connection'))).not.toThrow();
    expect(lent.listenerCount('error')).toBe(1);
    expect(master.listenerCount('acquire')).toBe(1);
  });
});
