import { Injectable } from '@nestjs/common';
import { EventRegistry } from '../../event/event-registry.js';
import type { DomainEvent, Recorded } from '../../event/domain-event.js';
import { STORABLE_TEXT } from '../../log/argument-rules.js';
import { EventStore } from '../../log/event-store.js';
import { ResolvedOptions } from '../../options.js';
import { requireArguments } from '../../options/require-arguments.js';
import { Database } from '../../postgres/database.js';
import { Projections } from '../../projection/run/projections.js';
import { isThere, personalTablesOf, selectRowsOf } from './row-erasure.js';
import { selectPositionsOf } from './places.sql.js';

/** All that is kept about a subject. */
export interface DataOfSubject {
  subject: string;
  /** The events whose data names the subject, in log order, as a handler gets them. */
  events: Pick<Recorded<DomainEvent>, 'position' | 'streamId' | 'version' | 'type' | 'data' | 'timestamp'>[];
  /** Rows of read models that are marked with `@Personal`, by table. */
  rows: Record<string, object[]>;
}

/** Positions that are read at once. */
const PAGE = 500;

/** Tells a person what is kept about it (articles 15 and 20 of the GDPR). */
@Injectable()
export class PersonalData {
  constructor(
    private readonly database: Database,
    private readonly store: EventStore,
    private readonly registry: EventRegistry,
    private readonly projections: Projections,
    private readonly options: ResolvedOptions,
  ) {}

  /** It looks through the whole log: seconds for some million events. */
  async of(subject: string): Promise<DataOfSubject> {
    requireArguments('PersonalData.of', { subject }, { subject: STORABLE_TEXT });
    return { subject, events: await this.eventsOf(subject), rows: await this.rowsOf(subject) };
  }

  private async eventsOf(subject: string): Promise<DataOfSubject['events']> {
    const events: DataOfSubject['events'] = [];
    for await (const positions of this.positionsOf(subject)) {
      const found = await this.store.readPositions(positions);
      await this.registry.prepare(found);
      for (const stored of found) {
        const { position, streamId, version, type, data, timestamp } = this.registry.revive(stored);
        events.push({ position, streamId, version, type, data, timestamp });
      }
    }
    return events;
  }

  private async *positionsOf(subject: string): AsyncGenerator<number[]> {
    const head = await this.store.head();
    for (let after = 0; after < head; after += WINDOW) {
      const { statements } = this.database;
      const found = await selectPositionsOf(statements, this.options, subject, [after, after + WINDOW]);
      for (let from = 0; from < found.length; from += PAGE) yield found.slice(from, from + PAGE);
    }
  }

  private async rowsOf(subject: string): Promise<DataOfSubject['rows']> {
    const rows: DataOfSubject['rows'] = {};
    const { statements } = this.database;
    for (const table of this.projections.foldings.flatMap(personalTablesOf)) {
      if (table.isOfRebuild || !(await isThere(statements, table.table))) continue;
      const found = await selectRowsOf(statements, table, subject);
      if (found.length > 0) rows[table.table.replaceAll('"', '')] = found;
    }
    return rows;
  }
}

/** Events that one statement looks through. */
const WINDOW = 50_000;
