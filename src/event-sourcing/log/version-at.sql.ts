import type { Statements } from '../postgres/database.js';

/**
 * The version that a stream had at an instant; 0 before its first event. Versions are contiguous and time never runs
 * backwards in the log, so a binary search finds it: 17 index lookups for a stream of 100,000 events. A search for the
 * last event before the instant would read all later events.
 */
export async function selectVersionAt(
  manager: Statements,
  events: string,
  streamId: string,
  instant: Date,
): Promise<number> {
  const [row] = await manager.query<{ version: number }[]>(
    `with recursive search(low, high) as (
       select 0, coalesce((select stream_version from ${events} where stream_id = $1
                            order by stream_version desc limit 1), 0)
       union all
       select case when e."timestamp" <= $2 then e.stream_version else s.low end,
              case when e."timestamp" <= $2 then s.high else e.stream_version - 1 end
         from search s
         join ${events} e on e.stream_id = $1 and e.stream_version = s.low + (s.high - s.low + 1) / 2
        where s.low < s.high)
     select low as version from search where low = high`,
    [streamId, instant],
  );
  return row?.version ?? 0;
}
