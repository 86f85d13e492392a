import type { InstancePlace, ProcessInstances, ProcessInstancesPage } from '../event-sourcing/index.js';
import { decodeCursor, encodeCursor } from '../api/request/cursor.js';
import type { ProcessInstancePage } from './process-bodies.js';

export interface ProcessList extends Pick<ProcessInstancesPage, 'name' | 'state'> {
  cursor?: string | undefined;
  limit: number;
}

/** A page of processes. @throws InvalidRequest when the cursor is none of this list */
export async function processPage(
  instances: ProcessInstances,
  { name, state, cursor, limit }: ProcessList,
): Promise<ProcessInstancePage> {
  const list = JSON.stringify(['processes', name, state]);
  const after = placeOf(cursor, list);
  const found = await instances.list({ name, state, after, limit: limit + 1 });
  const items = found.slice(0, limit);
  const last = items.at(-1);
  const isMore = found.length > limit && last !== undefined;
  return { items, nextCursor: isMore ? encodeCursor({ list, value: last.name, id: last.key }) : null };
}

function placeOf(cursor: string | undefined, list: string): InstancePlace | undefined {
  if (cursor === undefined) return undefined;
  const isText = (text: string) => !text.includes('\0') && text.isWellFormed();
  const { value: name, id: key } = decodeCursor(cursor, list, { value: isText, id: isText });
  return { name, key };
}
