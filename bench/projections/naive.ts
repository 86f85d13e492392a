import type { Client } from 'pg';
import { timed } from './folding-program.js';
import type { FoldingProgram } from './folding-program.js';
import { POPULARITY_EVENTS, type PopularityEvent, popularityByStatements } from './popularity-statements.js';
import { PROFILE_EVENTS, type ProfileEvent } from './profile-fold.js';
import { profileStatement } from './profile-statements.js';
import { type Logged, pagesOf } from './read-log.js';
import { copyShape } from './read-model-rows.js';

const BATCH = 100;
const NAME = 'statements for each event, 100 a transaction';

/** A handler with SQL of its own, called in a loop. */
export async function naiveProfiles(url: string): Promise<FoldingProgram> {
  await copyShape(url, 'naive', 'user_profiles');
  return {
    name: NAME,
    slow: true,
    rows: { user_profiles: 'table naive.user_profiles' },
    fold: (upTo) =>
      timed(url, 'truncate naive.user_profiles', (client) =>
        foldOneByOne(client, { upTo, types: PROFILE_EVENTS }, async (event) => {
          const { text, values } = profileStatement('naive.user_profiles', event as ProfileEvent);
          await client.query(text, [...values]);
        }),
      ),
  };
}

/** The same for popularity, which takes two or three statements an event. */
export async function naivePopularity(url: string): Promise<FoldingProgram> {
  await copyShape(url, 'naive', 'content_popularity');
  await copyShape(url, 'naive', 'content_viewers');
  return {
    name: NAME,
    slow: true,
    rows: {
      content_popularity: 'table naive.content_popularity',
      content_viewers: 'table naive.content_viewers',
    },
    fold: (upTo) =>
      timed(url, 'truncate naive.content_popularity, naive.content_viewers', (client) =>
        foldOneByOne(client, { upTo, types: POPULARITY_EVENTS }, (event) =>
          popularityByStatements(client, event as PopularityEvent),
        ),
      ),
  };
}

async function foldOneByOne(
  client: Client,
  range: { upTo: number; types: readonly string[] },
  handle: (event: Logged) => Promise<void>,
): Promise<void> {
  for await (const page of pagesOf(client, { ...range, after: 0, limit: BATCH })) {
    await client.query('begin');
    for (const event of page) await handle(event);
    await client.query('commit');
  }
}
