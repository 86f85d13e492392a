import { connect } from 'node:net';
import { Client } from 'pg';
import { cutConnection } from './client-socket.js';

/** Time for the server to say that it has given a statement up, in ms; after that, nobody is there. */
const GRACE_MS = 1_000;
/** `query_canceled`. */
const CANCELED = '57014';
/** The number that PostgreSQL's protocol has for a request to cancel. */
const CANCEL_REQUEST = 80_877_102;

/** What a client of `pg` knows of its session at the server, and its types do not. */
interface Session {
  processID: number;
  secretKey: number;
}

/**
 * The clients of a pool whose statements take `timeoutMs` at most, so that no request waits for ever for a lock that
 * somebody holds, or for a server that has gone silent. Inside a transaction there is no such bound: migrations, turns,
 * rebuilds and their indexes may take long, and no request waits for them.
 *
 * PostgreSQL's `statement_timeout` would be a setting of the session, which a pooler in transaction mode refuses at the
 * connection; `query_timeout` of `pg` gives up waiting, and hands a connection that is still busy to the next. So the
 * server is asked to cancel the statement, and the connection is cut if it does not even do that.
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
    if ((error as { code?: string }).code === CANCELED) isCanceled = false; // it has arrived
    throw error;
  } finally {
    clearTimeout(timer);
    clearTimeout(cut);
    // A request that comes late would cancel the next statement of this connection.
    if (isCanceled) cutConnection(client);
  }
}

/** Over a connection of its own, which needs no password: the key was given to us alone. */
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
