import type { PartContext, Part } from '../part.js';
import type { Measurement } from '../figures.js';
import { copiedRows } from '../projections/copied-rows.js';
import { emmettPongo, emmettRawSql } from '../projections/emmett-profiles.js';
import { fillEmmett } from '../projections/emmett-store.js';
import { catchUpFirst, eventfold } from '../projections/eventfold.js';
import { foldInTurn, type FoldingWork } from '../projections/folding-program.js';
import { naivePopularity, naiveProfiles } from '../projections/naive.js';
import { POPULARITY_EVENTS } from '../projections/popularity-statements.js';
import { profileFloor } from '../projections/profile-floor.js';
import { PROFILE_EVENTS } from '../projections/profile-fold.js';
import { mereReader } from '../projections/reader.js';
import { keepExpected } from '../projections/read-model-rows.js';
import { fillLog } from './fill-log.js';

const PROFILE = 'user profile';
const POPULARITY = 'content popularity with unique viewers and ratings';
const BOTH = 'both read models';

const ours = { of: 'eventfold', figure: 'rate' } as const;

/**
 * Catch-up from the first event on. All contenders fold the same events, and after its first round each must have
 * Eventfold's rows. The events are users, the film catalogue, views and ratings, of 1,000 users whose rows are changed
 * again and again.
 */
export const projections: Part = {
  name: 'projections',
  about: 'read models, folded from the first event on; rows are compared',
  needsPeers: true,
  run: async (context) => {
    const { url, events: head, progress } = context;
    progress.tell(`writing ${head.toLocaleString('en')} events`);
    await fillLog(context);
    await catchUpFirst(url, head);
    await keepExpected(url);
    progress.tell('writing the same events to the store of emmett');
    await fillEmmett(url, head);
    const measurements: Measurement[] = [];
    for (const work of await worksOf(context)) measurements.push(...(await foldInTurn(context, work)));
    return measurements;
  },
  claims: [
    { ...ours, work: PROFILE, against: 'set-based by hand, 1,000 a transaction', atLeast: 0.8 },
    { ...ours, work: PROFILE, against: 'emmett, raw SQL, 1,000 a batch', atLeast: 20 },
    { ...ours, work: POPULARITY, against: 'statements for each event, 100 a transaction', atLeast: 10 },
    { ...ours, work: POPULARITY, atLeast: 10_000 },
  ],
};

async function worksOf({ url, events: head }: PartContext): Promise<FoldingWork[]> {
  const profiles = [
    await profileFloor(url),
    eventfold(url, ['user-profile']),
    await copiedRows(url, ['user_profiles']),
    await naiveProfiles(url),
    await emmettRawSql(url),
    await emmettPongo(url),
  ];
  const popularity = [
    await naivePopularity(url),
    eventfold(url, ['content-popularity']),
    mereReader(url, POPULARITY_EVENTS),
    await copiedRows(url, ['content_popularity', 'content_viewers']),
  ];
  const all = [...new Set([...PROFILE_EVENTS, ...POPULARITY_EVENTS])];
  const both = [mereReader(url, all), eventfold(url, ['user-profile', 'content-popularity'])];
  return [
    { work: PROFILE, types: PROFILE_EVENTS, programs: profiles, head },
    { work: POPULARITY, types: POPULARITY_EVENTS, programs: popularity, head },
    { work: BOTH, types: all, programs: both, head },
  ];
}
