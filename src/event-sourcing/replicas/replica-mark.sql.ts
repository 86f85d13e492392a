import type { ResolvedOptions } from '../options.js';
import type { Statements } from '../postgres/database.js';
import { checkpointsOf, projectionNames } from '../projection/newest-checkpoints.sql.js';

/** What a server has of the log and of the read models. */
export interface Mark {
  /**
   * A number that grows with each event and with each turn. So a server whose number is smaller lacks events or rows.
   * It is no position of the WAL: the WAL also grows without events, and some managed services do not show it.
   */
  size: number;
  /** The position of the last event; 0 without one. */
  position: number;
  /** The id and the time of the last event; null without one, and without a log. */
  event: string | null;
  /** The ids and times of the events at the positions that were asked for; null where there is none. */
  events: (string | null)[];
}

/**
 * The id alone does not prove that the events before are the same. After a failover that has lost events, a client
 * sends an event again under its id, and it may get its old position behind other events. It gets another time.
 */
const IDENTITY = `e.event_id || ' ' || extract(epoch from e."timestamp")`;

/**
 * Without a log the rows are a fold of a stream, which a failover of this database does not lose. So no event is
 * compared there.
 */
const identityOf = ({ hasLog }: ResolvedOptions): string => (hasLog ? IDENTITY : 'null::text');

/** @param positions of events to read as well: by the primary key, in one statement */
export async function selectMark(
  statements: Statements,
  options: ResolvedOptions,
  positions: readonly number[] = [],
): Promise<Mark> {
  const [log, identity] = [options.logEnd, identityOf(options)];
  const [row] = await statements.query<Mark[]>(
    `select coalesce(last.position, 0) + (select coalesce(sum(c.position), 0)::float8
                                            from ${projectionNames(options)}
                                           cross join lateral ${checkpointsOf(options, 'known.name', `'live'`)}) as size,
            coalesce(last.position, 0) as position, last.event,
            array(select (select ${identity} from ${log} e where e.global_position = wanted.position)
                    from unnest($1::bigint[]) with ordinality wanted(position, nth)
                   order by nth) as events
       from (select) one
       left join lateral (select e.global_position::float8 as position, ${identity} as event
                            from ${log} e order by e.global_position desc limit 1) last on true`,
    [positions],
  );
  return row!;
}
