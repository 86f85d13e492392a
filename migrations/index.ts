import { EventLog1763800000001 } from './1763800000001-event-log.js';
import { Projections1763800000002 } from './1763800000002-projections.js';
import { UserProfile1763800000003 } from './1763800000003-user-profile.js';
import { ContentPopularity1763800000004 } from './1763800000004-content-popularity.js';
import { AppendTogether1763800000005 } from './1763800000005-append-together.js';
import { Snapshots1763800000006 } from './1763800000006-snapshots.js';
import { AppendColumns1763800000007 } from './1763800000007-append-columns.js';
import { ProjectionWork1763800000008 } from './1763800000008-projection-work.js';

/** In the order in which they run. A migration is never edited after it landed: what changes is a new one. */
export const migrations = [
  EventLog1763800000001,
  Projections1763800000002,
  UserProfile1763800000003,
  ContentPopularity1763800000004,
  AppendTogether1763800000005,
  Snapshots1763800000006,
  AppendColumns1763800000007,
  ProjectionWork1763800000008,
];
