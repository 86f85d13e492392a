/**
 * Checks of how connections behave, which no setting tells: a pooler between the process and the server may give a
 * session to statements of another connection.
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool, PoolClient } from 'pg';
import { sqlStateOf } from '../postgres/sql-state.js';
import { isTransient } from '../postgres/transient-failure.js';
import { type CheckResult, resultOf, type Seen } from './check.js';

/** How long the doctor waits for an answer or a notification, in ms. */
const PATIENCE_MS = 1_000;

const READ_ONLY = '25006';

const SESSIONS = { name: 'sessions', right: 'each connection has a session of the server for itself' };
const PREPARED = { name: 'prepared statements', right: 'kept for a connection' };
const NOTIFICATIONS = { name: 'notifications', right: `arrive within ${PATIENCE_MS / 1_000} s` };

/** Takes two connections of the pool. */
export async function examineSessions(pool: Pool): Promise<CheckResult[]> {
  const taken: PoolClient[] = [];
  const connect = async () => {
    const client = await pool.connect();
    client.on('error', () => undefined); // the running statement reports the error
    taken.push(client);
    return client;
  };
  try {
    return await compare(await connect(), await connect());
  } catch (error) {
    if (taken.length === 2) throw error;
    return [resultOf(SESSIONS, withoutRoom(error))];
  } finally {
    for (const client of taken) client.release(true); // their state is unknown
  }
}

async function compare(one: PoolClient, other: PoolClient): Promise<CheckResult[]> {
  const results = await sharing(one, other).catch((error: unknown) => [
    resultOf(SESSIONS, withoutTransactions(error)),
  ]);
  const heard = await notifications(one, other).catch(withoutNotifications);
  return heard === undefined ? results : [...results, resultOf(NOTIFICATIONS, heard)];
}

const ASK_PID = 'select pg_backend_pid() as pid';

/** Asks by a prepared statement. */
const askPid = async (client: PoolClient): Promise<number> =>
  (await client.query<{ pid: number }>({ name: 'eventfold_doctor', text: ASK_PID })).rows[0]!.pid;

/**
 * While the second connection has a transaction open, a pooler must serve the first one with another session, or let it
 * wait.
 */
async function sharing(one: PoolClient, other: PoolClient): Promise<CheckResult[]> {
  const first = await askPid(one);
  await other.query('begin');
  const second = (await other.query<{ pid: number }>(ASK_PID)).rows[0]!.pid;
  const again = askPid(one).catch((error: unknown) => {
    if (isUnknownStatement(error)) return 'unknown statement' as const;
    throw error;
  });
  const seen = await Promise.race([again, sleep(PATIENCE_MS, 'waits' as const)]);
  await other.query('rollback');
  const isShared = second === first || seen !== first;
  const isKept = (await again) !== 'unknown statement';
  return [resultOf(SESSIONS, sessionsSeen(isShared)), resultOf(PREPARED, preparedSeen(isKept))];
}

/** `invalid_sql_statement_name`, `duplicate_prepared_statement`. */
const isUnknownStatement = (error: unknown) => ['26000', '42P05'].includes(sqlStateOf(error) ?? '');

const sessionsSeen = (isShared: boolean): Seen =>
  isShared
    ? {
        value: 'shared',
        finding: {
          severity: 'warn',
          says:
            'A pooler shares the sessions of the server between connections, as in transaction mode: ' +
            'it works, but notifications get lost in it.',
          cure:
            'Nothing need be done. To be faster, let processes that fold connect to the server itself, ' +
            'or in session mode.',
        },
      }
    : { value: 'own' };

const preparedSeen = (isKept: boolean): Seen =>
  isKept
    ? { value: 'kept' }
    : {
        value: 'lost',
        finding: {
          severity: 'warn',
          says:
            'The pooler loses prepared statements: ' +
            'after the first refusal nothing is prepared, and single clients are a fifth slower.',
          cure: 'Set max_prepared_statements above 0 (PgBouncer 1.21 or later).',
        },
      };

async function notifications(one: PoolClient, other: PoolClient): Promise<Seen> {
  const channel = `eventfold_doctor_${randomUUID()}`;
  const giveUp = new AbortController();
  const arrival = once(one, 'notification', { signal: giveUp.signal }).then(
    () => true,
    () => false,
  );
  const timer = setTimeout(() => giveUp.abort(), PATIENCE_MS);
  await one.query(`listen "${channel}"`);
  const start = performance.now();
  await other.query('select pg_notify($1, $2)', [channel, '']);
  const hasArrived = await arrival;
  clearTimeout(timer);
  await one.query('unlisten *').catch(() => undefined); // behind a pooler the session outlives the connection
  if (hasArrived) return { value: `arrive, after ${Math.ceil(performance.now() - start)} ms` };
  return {
    value: 'do not arrive',
    finding: {
      severity: 'warn',
      says:
        'Notifications do not arrive, as behind a pooler in transaction mode: ' +
        'events of other processes are found by polling, turns.pollIntervalMs later at most.',
      cure:
        'Nothing need be done. To be faster, let processes that fold connect to the server itself, ' +
        'or in session mode.',
    },
  };
}

/** No finding on a replica, where `listen` is refused, or after a lost connection: other checks report these. */
function withoutNotifications(error: unknown): undefined {
  if (sqlStateOf(error) === READ_ONLY || isTransient(error)) return;
  throw error;
}

function withoutRoom(error: unknown): Seen {
  const says = `The server has no room for two connections of this role: ${(error as Error).message}.`;
  const cure = 'See max_connections, and the limits of the role and of the database.';
  return { value: 'no room', finding: { severity: 'wrong', says, cure } };
}

function withoutTransactions(error: unknown): Seen {
  const says = `A transaction cannot be held open: ${(error as Error).message}. A pooler in statement mode does so.`;
  return { value: 'lost', finding: { severity: 'wrong', says, cure: 'Use transaction or session mode.' } };
}
