import { canonicalUuid } from '../event-sourcing/for-service.js';
import { decodeCursor, encodeCursor } from '../api/request/cursor.js';
import type { ProfileView } from './profile-view.js';
import type { AfterProfile, ProfileFilter } from './queries/list-user-profiles.query.js';

const ISO_INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** A cursor belongs to the list with these filters. */
const listOf = ({ plan, isActive, genre }: ProfileFilter) => JSON.stringify(['users', plan, isActive, genre]);

export function cursorOf(last: ProfileView, filter: ProfileFilter): string {
  return encodeCursor({ list: listOf(filter), value: last.registrationDate.toISOString(), id: last.userId });
}

/** @throws InvalidRequest when the cursor belongs to another list */
export function afterProfile(cursor: string | undefined, filter: ProfileFilter): AfterProfile | undefined {
  if (cursor === undefined) return undefined;
  const { value, id } = decodeCursor(cursor, listOf(filter), {
    value: (text) => ISO_INSTANT.test(text) && !Number.isNaN(Date.parse(text)),
    id: (text) => canonicalUuid(text) === text,
  });
  return { registrationDate: new Date(value), userId: id };
}
