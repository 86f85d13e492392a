import { Inject, Injectable } from '@nestjs/common';
import type { StoredEvent } from '../../event/domain-event.js';
import { EventRegistry } from '../../event/event-registry.js';
import { WINDOW_PAGE } from '../../log/page-sizes.js';
import { selectHead } from '../../log/read.sql.js';
import { eventsInParts, LOG_SOURCE, type LogSource } from '../../log/source/log-source.js';
import { ResolvedOptions } from '../../options.js';
import type { Statements } from '../../postgres/database.js';
import { checkpointsOf } from '../newest-checkpoints.sql.js';
import type { Keys } from './row-comparison.sql.js';
import type { Folding } from '../declare/folding.js';

/** How far both builds of a projection were folded at a moment. */
export interface Mark {
  /** All events up to here were folded in both builds, except waiting events. */
  position: number;
  /** Positions of the events that waited for parked keys, in either build. */
  waiting: ReadonlySet<number>;
}

/** Finds the rows that the folds of a projection have touched since a moment, from the events. */
@Injectable()
export class ChangedRows {
  constructor(
    private readonly registry: EventRegistry,
    private readonly options: ResolvedOptions,
    @Inject(LOG_SOURCE) private readonly source: LogSource,
  ) {}

  async mark(manager: Statements, { name }: Folding): Promise<Mark> {
    const [row] = await manager.query<{ position: number; waiting: number[] }[]>(
      `select (select coalesce(min(position), 0)::float8 from ${checkpointsOf(this.options, '$1', `'live'`, `'rebuild'`)}) as position,
              array(select distinct position::float8 from ${this.options.qualified('waiting_events')}
                     where projection = $1) as waiting`,
      [name],
    );
    return { position: row!.position, waiting: new Set(row!.waiting) };
  }

  /**
   * @returns for each table of the projection, the keys of the rows that were touched between the mark and a position
   */
  async since(manager: Statements, folding: Folding, mark: Mark, upTo: number): Promise<Keys[]> {
    const { waiting } = await this.mark(manager, folding);
    const tables = folding
      .tables('live')
      .map(({ table, keys }) => ({ table, keys, touched: new Map<string, object>() }));
    const note = async (events: readonly StoredEvent[]) => {
      await this.registry.prepare(events, manager);
      for (const { table, keys, touched } of tables)
        for (const event of events)
          for (const row of this.touchedBy(event, keys)) touched.set(table.identify(row), row);
    };
    for (let after = mark.position; after < upTo;) {
      const window = { after, upTo, types: folding.eventTypes, maxCount: WINDOW_PAGE };
      const part = await this.source.window(manager, window, `${folding.name}/comparison`);
      await note(part.events);
      after = part.upTo;
    }
    const folded = [...mark.waiting].filter((position) => !waiting.has(position));
    for await (const events of eventsInParts(this.source, manager, folded)) await note(events);
    return tables.map(({ table, touched }) => table.keyRecords([...touched.values()]));
  }

  /** The end of the log. */
  head(manager: Statements): Promise<number> {
    return selectHead(manager, this.options.logEnd);
  }

  /** Whether a handler of the projection writes with its own SQL: then the events do not tell which rows. */
  async areUntold(manager: Statements, { name }: Folding): Promise<boolean> {
    const [row] = await manager.query<{ untold: boolean }[]>(
      `select has_own_sql as untold from ${this.options.qualified('projections')} where name = $1`,
      [name],
    );
    return row!.untold;
  }

  /** An event that cannot be read, or names no row, was parked and has touched no row. */
  private touchedBy(event: StoredEvent, keys: (event: any) => readonly object[]): readonly object[] {
    try {
      return keys(this.registry.revive(event));
    } catch {
      return [];
    }
  }
}
