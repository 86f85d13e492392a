import { randomUUID } from 'node:crypto';
import { escapeLiteral } from 'pg';
import { withClient } from '../server.js';
import { importEmmett, openEmmett, type Projection, toEvent } from './emmett-store.js';
import type { FoldingProgram } from './folding-program.js';
import { foldProfile, type Profile, PROFILE_EVENTS } from './profile-fold.js';
import { profileStatement, type Statement } from './profile-statements.js';
import { copyShape } from './read-model-rows.js';

const BATCH = 1_000;
const DOCUMENTS = 'emmett_profiles';
const canHandle = PROFILE_EVENTS;

/** Emmett's projector hands one event at a time to the projection, and keeps its checkpoint after each. */
export async function emmettRawSql(url: string): Promise<FoldingProgram> {
  await copyShape(url, 'emmett', 'user_profiles');
  const projection = importEmmett().postgreSQLRawSQLProjection({
    name: 'raw-profiles',
    canHandle,
    evolve: (event) => inlined(profileStatement('emmett.user_profiles', toEvent(event))),
  });
  return {
    name: 'emmett, raw SQL, 1,000 a batch',
    slow: true,
    rows: { user_profiles: 'table emmett.user_profiles' },
    fold: (upTo) => project(url, projection, { upTo, truncate: 'emmett.user_profiles' }),
  };
}

/** The functions that fold the yardstick's rows also fold these documents. */
export async function emmettPongo(url: string): Promise<FoldingProgram> {
  const projection = importEmmett().pongoMultiStreamProjection<Profile>({
    collectionName: DOCUMENTS,
    canHandle,
    getDocumentId: ({ data }) => data.userId,
    evolve: (document, event) => foldProfile(document ?? undefined, toEvent(event)) ?? null,
  });
  return {
    name: 'emmett, pongo documents, 1,000 a batch',
    slow: true,
    rows: { user_profiles: DOCUMENTS_AS_ROWS },
    fold: (upTo) => project(url, projection, { upTo, truncate: DOCUMENTS }),
  };
}

/** Each run makes a new processor, so that it begins at the beginning. It stops by itself after the last event. */
async function project(
  url: string,
  projection: Projection,
  { upTo, truncate }: { upTo: number; truncate: string },
): Promise<number> {
  const last = await prepare(url, truncate, upTo);
  const store = openEmmett(url);
  try {
    const consumer = store.consumer({ pulling: { batchSize: BATCH, pullingFrequencyInMs: 0 } });
    consumer.projector({
      processorId: `profiles-${randomUUID()}`,
      projection,
      stopAfter: ({ metadata }) => metadata.position >= last,
    });
    const start = performance.now();
    await consumer.start();
    return performance.now() - start;
  } finally {
    await store.close();
  }
}

/** Resolves with the position of the last event that the processor will handle. */
async function prepare(url: string, truncate: string, upTo: number): Promise<number> {
  return withClient(url, async (client) => {
    const { rows: tables } = await client.query(`select where to_regclass($1) is not null`, [truncate]);
    if (tables.length > 0) await client.query(`truncate ${truncate}`);
    const { rows } = await client.query<{ last: string }>(
      `select max(global_position) as last from eventfold.events
        where global_position <= $1 and event_type = any ($2)`,
      [upTo, canHandle],
    );
    return Number(rows[0]!.last);
  });
}

/** Emmett's raw SQL has no parameters. */
function inlined({ text, values }: Statement): string {
  return text.replaceAll(/\$(\d)/g, (_, number) => escapeLiteral(String(values[Number(number) - 1])));
}

const DOCUMENTS_AS_ROWS = `
  select r.user_id, r.email, r.name, r.subscription_plan, r.preferences, r.total_watch_time, r.favorite_genres,
         to_timestamp(r.last_active / 1000) as last_active,
         to_timestamp(r.registration_date / 1000) as registration_date, r.is_active
    from ${DOCUMENTS} d, jsonb_to_record(d.data) as r(user_id uuid, email text, name text, subscription_plan text,
         preferences text[], total_watch_time float8, favorite_genres text[], last_active float8,
         registration_date float8, is_active boolean)`;
