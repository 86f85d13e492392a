import { connect } from 'node:net';
import { Client } from 'pg';
import { cutConnection } from './client-socket.js';

/** How long the server may take to confirm that it has cancelled a statement, in ms. Then the connection is cut. */
const GRACE_MS = 1_000;
/** `query_canceled`. */
const CANCELED = '57014';
/** The number of a cancel request in PostgreSQL's protocol. */
const CANCEL_REQUEST = 80_877_102;

/** The session of a client of `pg` at the server. The types of `pg` lack it. */
interface Session {
  processID: number;
  secretKey: number;
}

/**
 * A class of clients whose statements take at most `timeoutMs`. So no request waits for ever for a lock, or for a
 * server that has gone silent. Statements inside a transaction have no limit: migrations, turns, rebuilds and their
 * indexes may take long, and no request waits for them.
 *
 * Two other limits do not serve. `statement_timeout` of PostgreSQL is a setting of the session, and a pooler in
 * transaction mode refuses it when the connection opens. `query_timeout` of `pg` only stops waiting, and gives a
 * connection that is still busy to the next caller. So the client asks the server to cancel the statement, and cuts the
 * connection when the server does not even do that.
 */
export function clientWithQueryTimeout(timeoutMs: number): new (config: any) => object {
  return class ClientWithQueryTimeout extends Client {
    override query(...args: any[]): any {
      const isInTransaction = this.getTransactionStatus() === 'T';
      const answer: unknown = (super.query as (...all: any[]) => unknown)(...args);
      if (isInTransaction || !(answer instanceof Promise)) return answer;
      return bounded(this, answer, timeoutMs);
    }
  };
}

async function bounded<Answer>(client: Client, answer: Promise<Answer>, timeoutMs: number): Promise<Answer> {
  let isCanceled = false;
  let cut: NodeJS.Timeout | undefined;
  const timer = setTimeout(() => {
    isCanceled = true;
    cancelStatement(client);
    cut = setTimeout(() => cutConnection(client), GRACE_MS);
  }, timeoutMs);
  try {
    return await answer;
  } catch (error) {
    if ((error as { code?: string }).code === CANCELED) isCanceled = false; // the request has arrived
    throw error;
  } finally {
    clearTimeout(timer);
    clearTimeout(cut);
    // A late request would cancel the next statement of this connection.
    if (isCanceled) cutConnection(client);
  }
}

/** Sends the request over a connection of its own. It needs no password: only this client knows the key. */
function cancelStatement(client: Client): void {
  const { host, port } = client;
  const { processID, secretKey } = client as unknown as Session;
  const request = Buffer.alloc(16);
  [16, CANCEL_REQUEST, processID, secretKey].forEach((word, index) => request.writeInt32BE(word, index * 4));
  const socket = host.startsWith('/') ? connect(`${host}/.s.PGSQL.${port}`) : connect(port, host);
  socket.setTimeout(GRACE_MS, () => socket.destroy());
  socket.on('error', () => undefined); // the connection is cut instead
  socket.end(request);
}
