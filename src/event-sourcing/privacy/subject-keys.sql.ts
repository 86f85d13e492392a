import type { ResolvedOptions } from '../options.js';
import type { Statements } from '../postgres/database.js';

/** The first word of a notification that keys were destroyed; their ids follow, with commas between. */
export const KEYS_DESTROYED = 'keys-destroyed';

/** Takes the bytes of the subject's keys away, and tells all processes at the commit. */
export async function destroyKeys(
  manager: Statements,
  options: ResolvedOptions,
  subject: string,
): Promise<string[]> {
  const rows: { id: string }[] = await manager.query(
    `with destroyed as (
       update ${options.qualified('subject_keys')} set wrapped = null, destroyed_at = clock_timestamp()
        where subject = $1 and destroyed_at is null returning key_id)
     select key_id as id, pg_notify($2, $3 || ' ' || key_id)::text as notified from destroyed`,
    [subject, options.logChannel, KEYS_DESTROYED],
  );
  return rows.map(({ id }) => id);
}
