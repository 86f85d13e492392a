import type { Client } from 'pg';

/** An event in the form that the contenders read: no class, no metadata, times in ms since 1970. */
export interface Logged {
  position: number;
  type: string;
  data: object;
  recordedAt: number;
  /** The time in the event's data, or else the time at which the log took the event. */
  at: number;
}

/** A part of the log. */
export interface Range {
  after: number;
  upTo: number;
  types: readonly string[];
  limit: number;
}

/**
 * The same columns in the same form as Eventfold reads. A date as text would take longer to parse than the rest of the
 * row.
 */
const SQL = `
  select global_position, event_type, event_data,
         (extract(epoch from "timestamp") * 1000)::float8 as recorded_at
    from eventfold.events
   where global_position > $1 and global_position <= $2 and event_type = any ($3)
   order by global_position limit $4`;

interface Row {
  global_position: string;
  event_type: string;
  event_data: { occurredAt?: string };
  recorded_at: number;
}

/** The next events of these types, in order. A result shorter than `limit` is the last one. */
export async function readPage(client: Client, range: Range): Promise<Logged[]> {
  const values = [range.after, range.upTo, range.types, range.limit];
  const { rows } = await client.query<Row>({ name: 'read', text: SQL, values });
  return rows.map(toLogged);
}

function toLogged({ global_position, event_type, event_data, recorded_at }: Row): Logged {
  const { occurredAt } = event_data;
  return {
    position: Number(global_position),
    type: event_type,
    data: event_data,
    recordedAt: recorded_at,
    at: occurredAt === undefined ? recorded_at : Date.parse(occurredAt),
  };
}

/** All events, page by page. */
export async function* pagesOf(client: Client, range: Range): AsyncGenerator<Logged[]> {
  for (let { after } = range; ;) {
    const page = await readPage(client, { ...range, after });
    if (page.length > 0) yield page;
    if (page.length < range.limit) return;
    after = page.at(-1)!.position;
  }
}

export async function countEvents(
  client: Client,
  { upTo, types }: Pick<Range, 'upTo' | 'types'>,
): Promise<number> {
  const { rows } = await client.query<{ events: number }>(
    `select count(*)::integer as events from eventfold.events
      where global_position <= $1 and event_type = any ($2)`,
    [upTo, types],
  );
  return rows[0]!.events;
}
