import { Injectable } from '@nestjs/common';
import type { StoredEvent } from '../../event/domain-event.js';
import { requireLog } from '../../event/no-log.error.js';
import { ResolvedOptions } from '../../options.js';
import { requireArguments } from '../../options/require-arguments.js';
import { callOptions, oneOf, optional, type Rules, wholeNumber } from '../../options/rules.js';
import { Database } from '../../postgres/database.js';
import { arrayOf, COMPARED_TEXT, POSITION } from '../argument-rules.js';
import { selectHead } from '../read.sql.js';
import { ScanBudget } from './scan-budget.js';
import { ScanCursor } from './scan-cursor.js';
import { ScanLimit } from './scan-limit.js';
import { type SearchFilter, selectMatching } from './search.sql.js';

/** How long one search looks, in ms. */
const SEARCH_MS = 1_000;
/** The most bytes of events that one search returns, unless a single event has more. */
const PAGE_BYTES = 8 * 1024 * 1024;

const MOST = 10_000;
const OPTIONS: Rules = {
  types: optional(arrayOf('texts', (type) => COMPARED_TEXT.accepts(type))),
  correlationId: optional(COMPARED_TEXT),
  actor: optional(COMPARED_TEXT),
  after: optional(POSITION),
  direction: optional(oneOf('forwards', 'backwards')),
  limit: optional(wholeNumber(1, MOST)),
};

/** Which events are searched, and where the search begins. */
export interface LogSearchOptions extends Partial<SearchFilter> {
  /** A position, exclusive: `next` of the page before. Default: the beginning of the log; backwards, its end. */
  after?: number | undefined;
  /** Default: `forwards`. */
  direction?: 'forwards' | 'backwards' | undefined;
  /** The most events of a page: 1 to 10,000. Default: 50. */
  limit?: number | undefined;
}

/** A page of a search. It may be empty although the search can go on. */
export interface LogSearchPage {
  events: StoredEvent[];
  /** All positions between `after` and this one are searched. */
  to: number;
  /** The last position of the log. */
  head: number;
  /** The position after which the search goes on; undefined when it has reached the end. */
  next: number | undefined;
}

/**
 * Searches the log for events of a type, of one request, or of one actor. There is no index for that, since it would
 * make every append slower. So a search reads the log by its primary key, for about a second, and says how far it came.
 */
@Injectable()
export class LogSearch {
  constructor(
    private readonly database: Database,
    private readonly options: ResolvedOptions,
    private readonly limit: ScanLimit,
  ) {}

  /**
   * @throws ScanBusyError when too many searches are under way
   * @throws NoLogError in a process without a log
   */
  async find(options: LogSearchOptions = {}): Promise<LogSearchPage> {
    requireLog(this.options);
    requireArguments('LogSearch.find', { options }, { options: callOptions(OPTIONS) });
    const isFiltered = [...(options.types ?? []), options.correlationId, options.actor].some(
      (filter) => filter !== undefined,
    );
    return isFiltered ? this.limit.run(() => this.search(options)) : this.search(options);
  }

  private async search({
    after,
    direction = 'forwards',
    limit = 50,
    types = [],
    ...filter
  }: LogSearchOptions): Promise<LogSearchPage> {
    const { statements } = this.database;
    const events = this.options.qualified('events');
    const head = await selectHead(statements, this.options.logEnd);
    const cursor = new ScanCursor(direction, head, after);
    const budget = new ScanBudget(SEARCH_MS);
    const found: StoredEvent[] = [];
    let bytes = 0;
    const isOver = () => bytes >= PAGE_BYTES || (budget.isSpent && cursor.hasMoved);
    // One event more than requested tells whether there are more.
    while (!cursor.isAtEnd && found.length <= limit && !isOver()) {
      const window = cursor.next(budget.window);
      const bounds = { direction, maxCount: limit + 1 - found.length, maxBytes: PAGE_BYTES - bytes };
      const page = await budget.spend(() =>
        selectMatching(statements, events, { ...window, ...bounds }, { types, ...filter }),
      );
      found.push(...page.events);
      bytes += page.bytes;
      cursor.passed(window, page.isCut ? page.events.at(-1)!.position : undefined);
    }
    return pageOf(found, limit, cursor);
  }
}

function pageOf(found: StoredEvent[], limit: number, { to, head, isAtEnd }: ScanCursor): LogSearchPage {
  if (found.length <= limit) return { events: found, to, head, next: isAtEnd ? undefined : to };
  const events = found.slice(0, limit);
  const last = events.at(-1)!.position;
  return { events, to: last, head, next: last };
}
