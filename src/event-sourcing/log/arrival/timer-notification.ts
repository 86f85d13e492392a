import type { PreparedQueries } from '../../postgres/prepared-queries.js';

/** How the payload of a notification about a timer begins; the ms until the timer is due follow. */
const TIMER = 'timer ';

/** Relative, since processes have clocks of their own. A build without timers takes it for "the log has grown". */
export const notifyOfTimer = (queries: PreparedQueries, channel: string, inMs: number) =>
  queries.query('select pg_notify($1, $2)', [channel, `${TIMER}${Math.max(Math.floor(inMs), 0)}`]);

/** The ms until the timer is due; undefined for any other notification. */
export const timerIn = (payload = ''): number | undefined =>
  payload.startsWith(TIMER) ? Number(payload.slice(TIMER.length)) || 0 : undefined;
