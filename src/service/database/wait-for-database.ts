import { Logger } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { untilAborted } from './until-aborted.js';
import { hostOf, reasonOf, unusableDatabase } from './unusable-database.js';

/** The time limit of one try, and the pause after it, in ms. */
const TRY_MS = 5_000;
const PAUSE_MS = 1_000;

/** SQLSTATE classes of a server that will answer soon: connection, resources, operator (it starts, it stops). */
const ABOUT_TO_ANSWER = /^(08|53|57)/;
/** Errors of `pg` that have a message and no code. */
const SAID_BY_PG = /^(Connection terminated|timeout expired|Query read timeout)/;

/**
 * Waits until the database answers, at most so many seconds: containers start in any order. A cause that waiting cannot
 * cure (a wrong password, an unknown database) ends the wait at once.
 *
 * @throws StartRefused
 * @throws the signal's reason
 */
export async function waitForDatabase(url: string, seconds: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await untilAborted(keepTrying(url, seconds, signal), signal);
}

async function keepTrying(url: string, seconds: number, signal: AbortSignal): Promise<void> {
  const logger = new Logger('Database');
  const giveUpAt = performance.now() + seconds * 1_000;
  const left = () => giveUpAt - performance.now();
  while (!signal.aborted) {
    try {
      return await ask(url, seconds === 0 ? TRY_MS : Math.min(TRY_MS, left()));
    } catch (error) {
      if (!canBeCured(error) || seconds === 0) throw unusableDatabase(url, error);
      if (left() <= PAUSE_MS) {
        throw unusableDatabase(url, error, ` (waited for DATABASE_WAIT_SECONDS, ${seconds} s)`);
      }
      const rest = Math.round(left() / 1_000);
      logger.warn(`Waiting for ${hostOf(url)}, for up to ${rest} s more: ${reasonOf(error)}`);
    }
    await sleep(PAUSE_MS);
  }
}

/** Asks a question, because a connection is not enough: a pooler takes connections while its server is away. */
async function ask(connectionString: string, withinMs: number): Promise<void> {
  const client = new Client({
    connectionString,
    application_name: 'eventfold start',
    connectionTimeoutMillis: withinMs,
    query_timeout: withinMs,
  });
  client.on('error', () => undefined); // the statement under way reports it
  try {
    await client.connect();
    await client.query('select 1');
  } finally {
    // Not awaited: a server that does not answer does not end the session, either.
    client.end().catch(() => undefined);
  }
}

function canBeCured(error: unknown): boolean {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return ABOUT_TO_ANSWER.test(code) || /^E(?!RR_)[A-Z_]+$/.test(code) || SAID_BY_PG.test(message);
}
