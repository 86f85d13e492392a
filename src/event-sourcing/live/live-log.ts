import { selectHead } from '../log/read.sql.js';
import type { LogSource } from '../log/source/log-source.js';
import type { ResolvedOptions } from '../options.js';
import type { Database } from '../postgres/database.js';
import { ALL_EVENTS, type EventFilter } from './event-filter.js';
import { type LogPart, type Place, selectNext, selectVersionUpTo } from './next-events.sql.js';

/** The most events of one look, and the most bytes of their text; see `selectNext`. */
const LIMITS = { maxCount: 500, maxBytes: 1_024 * 1_024 };

/** The log as a live feed reads it: on connections of the pool, never in the transaction of a subscriber. */
export class LiveLog {
  private readonly events: string;

  constructor(
    private readonly database: Database,
    private readonly options: ResolvedOptions,
    private readonly source: LogSource,
  ) {
    this.events = options.qualified('events');
  }

  head(): Promise<number> {
    return selectHead(this.database.statements, this.options.logEnd);
  }

  /** The next events of all types. */
  async next(after: number): Promise<LogPart> {
    if (!this.options.hasLog) return this.nextOfSource(after);
    const upTo = Number.MAX_SAFE_INTEGER;
    const part = await this.find(ALL_EVENTS, { position: after }, upTo);
    return { ...part, upTo: part.events.at(-1)?.position ?? after };
  }

  /** Events of a filter after a place, and not behind `upTo`. */
  find(filter: EventFilter, after: Place, upTo: number): Promise<LogPart> {
    return selectNext(this.database.statements, this.events, { filter, after, upTo }, LIMITS);
  }

  /** The version of a stream at a position; 0 when it has no event up to there. */
  async versionAt(streamId: string, position: number): Promise<number> {
    return position === 0 ? 0 : selectVersionUpTo(this.database.statements, this.events, streamId, position);
  }

  /** Where the log is elsewhere, its source has the events up to the end that this database knows. */
  private async nextOfSource(after: number): Promise<LogPart> {
    const upTo = Math.min(await this.head(), after + LIMITS.maxCount);
    if (upTo <= after) return { events: [], after, upTo: after, bytes: 0 };
    const window = { after, upTo, types: [], maxCount: LIMITS.maxCount };
    const part = await this.source.window(this.database.statements, window, 'live feed');
    return { ...part, after, bytes: 0 };
  }
}
