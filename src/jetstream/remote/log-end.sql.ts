import type { Statements } from '../../event-sourcing/for-service.js';

/** The last event of the stream that this database knows. */
export interface LogEnd {
  position: number;
  eventId: string;
  timestamp: Date;
}

/** Undefined before the first event. */
export async function selectLogEnd(
  statements: Statements,
  table: string,
): Promise<Pick<LogEnd, 'position' | 'eventId'> | undefined> {
  const [row] = await statements.query<{ position: string; eventId: string }[]>(
    `select global_position as position, event_id as "eventId" from ${table}`,
  );
  return row && { position: Number(row.position), eventId: row.eventId };
}

/** The furthest position of all checkpoints. */
export async function selectFolded(statements: Statements, checkpoints: string): Promise<number> {
  const [row] = await statements.query<{ position: number }[]>(
    `select coalesce(max(position), 0)::float8 as position from ${checkpoints}`,
  );
  return row!.position;
}

/** Never moves it back: another process may have seen more. */
export async function advanceLogEnd(
  statements: Statements,
  table: string,
  { position, eventId, timestamp }: LogEnd,
): Promise<void> {
  await statements.query(
    `insert into ${table} as known (global_position, event_id, "timestamp") values ($1, $2, $3)
     on conflict (is_only) do update
        set global_position = excluded.global_position, event_id = excluded.event_id, "timestamp" = excluded."timestamp"
      where known.global_position < excluded.global_position`,
    [position, eventId, timestamp.toISOString()],
  );
}
