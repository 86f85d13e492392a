import type { Statements } from './database.js';

/** The session that has a table locked. */
export interface LockHolder {
  /** It stays the same while the lock is held. */
  id: string;
  /** The session in words. */
  description: string;
}

/** The session, as far as the asking role may see it. */
interface HolderRow {
  /** Null for a prepared transaction: it has no session any more. */
  pid: number | null;
  role: string | null;
  application: string | null;
  state: string | null;
  state_seconds: string | null;
  transaction_seconds: string | null;
  virtual_transaction: string;
  query: string | null;
}

const QUERY_LENGTH = 80;

/** The first session that has the table locked for more than reading; undefined when there is none. */
export async function selectLockHolder(
  statements: Statements,
  table: string,
): Promise<LockHolder | undefined> {
  const [holder] = await statements.query<HolderRow[]>(
    `select l.pid, a.usename as role, a.application_name as application, a.state,
            l.virtualtransaction as virtual_transaction,
            extract(epoch from clock_timestamp() - a.state_change)::numeric(12, 1) as state_seconds,
            extract(epoch from clock_timestamp() - a.xact_start)::numeric(12, 1) as transaction_seconds,
            left(btrim(regexp_replace(a.query, '\\s+', ' ', 'g')), ${QUERY_LENGTH}) as query
       from pg_locks l left join pg_stat_activity a on a.pid = l.pid
      where l.locktype = 'relation' and l.relation = to_regclass($1) and l.granted and l.mode <> 'AccessShareLock'
        and l.database = (select oid from pg_database where datname = current_database())
      order by a.xact_start nulls last
      limit 1`,
    [table],
  );
  return holder && { id: holder.virtual_transaction, description: describe(holder) };
}

function describe({ pid, role, application, state, query, ...since }: HolderRow): string {
  if (pid === null) return 'a prepared transaction (see pg_prepared_xacts)';
  const parts = [
    `session ${pid}`,
    application ? `"${application}"` : 'without application_name',
    role === null ? undefined : `of role "${role}"`,
    state === null ? 'whose state this role may not see' : `${state} for ${since.state_seconds} s`,
    since.transaction_seconds === null ? undefined : `in a transaction of ${since.transaction_seconds} s`,
  ];
  const said = query === null ? '' : `; its last statement: ${query}`;
  return `${parts.filter((part) => part !== undefined).join(', ')}${said}`;
}
