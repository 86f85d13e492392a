import { get, path } from '../../api/client.js';
import { Problem } from '../../api/problem.js';
import type { LogPage, Page, Scanned, StoredEvent } from '../../api/types.js';
import type { LogConditions } from './log-filter.js';

export const PAGE_SIZE = 100;

export interface LogQuestion {
  conditions: LogConditions;
  direction: 'forwards' | 'backwards';
  /** A position, exclusive. */
  start?: number | undefined;
}

type Ask = (cursor: string | undefined, signal: AbortSignal) => Promise<LogPage>;

/** The next page of events. Those of one stream are read there, so that the log need not be searched. */
export const askLog = (question: LogQuestion): Ask =>
  question.conditions.stream === undefined ? byLog(question) : byStream(question, question.conditions.stream);

/** The route has one type: the page leaves out the others when there are several. */
function byLog({ conditions, direction, start }: LogQuestion): Ask {
  const { type, correlationId, actor } = conditions;
  const [only] = type.length === 1 ? type : [];
  return async (cursor, signal) => {
    const query = { type: only, correlationId, actor, direction, after: cursor ?? start, limit: PAGE_SIZE };
    const page = await get<LogPage>('events', { query, signal });
    return { ...page, items: page.items.filter(meeting(conditions)) };
  };
}

function byStream({ conditions, direction, start = 0 }: LogQuestion, stream: string): Ask {
  return async (cursor, signal) => {
    const scanned = await endOfLog(signal);
    const query = { direction, fromVersion: cursor, limit: PAGE_SIZE };
    const page = await get<Page<StoredEvent>>(path`streams/${stream}`, { query, signal }).catch(emptyPage);
    const items = page.items.filter((event) => event.position > start && meeting(conditions)(event));
    return { ...page, items, scanned: { ...scanned, to: page.items.at(-1)?.position ?? scanned.to } };
  };
}

async function endOfLog(signal: AbortSignal): Promise<Scanned> {
  const query = { direction: 'backwards', limit: 1 };
  const { scanned } = await get<LogPage>('events', { query, signal });
  return scanned;
}

/** A stream that does not exist yet may begin at any moment. */
function emptyPage(error: unknown): Page<StoredEvent> {
  if (error instanceof Problem && error.type === 'stream.not-found') return { items: [], nextCursor: null };
  throw error;
}

const meeting =
  ({ type, correlationId, actor }: LogConditions) =>
  (event: StoredEvent): boolean =>
    (type.length === 0 || type.includes(event.type)) &&
    (correlationId === undefined || event.metadata['correlationId'] === correlationId) &&
    (actor === undefined || event.metadata['userId'] === actor);
