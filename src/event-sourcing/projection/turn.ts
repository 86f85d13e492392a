import { Injectable, type Type } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { DomainEvent, Recorded } from '../domain-event.js';
import { EventRegistry } from '../event-registry.js';
import { selectWindow } from '../event-store/read.sql.js';
import { ResolvedOptions } from '../options.js';
import { type Checkpoint, ensureCheckpoint, lockCheckpoint, saveCheckpoint } from './checkpoint.sql.js';
import { CurrentTurn } from './current-turn.js';
import type { Folding } from './folding.js';
import { TurnRows } from './turn-rows.js';

/**
 * What a turn came to: the position the rows are folded up to, and whether the log went further at that moment.
 * `elsewhere`: another instance has the checkpoint, or folds it at another revision.
 */
export type TurnOutcome = { kind: 'folded'; position: number; behind: boolean } | { kind: 'elsewhere' };

/**
 * A turn is one transaction: lock the checkpoint, read the next window of the log, fetch the rows its events touch,
 * fold in memory, write the rows, advance the checkpoint, commit. Rows and checkpoint are one fact, so that every
 * event is folded exactly once, after any crash and on any number of instances. It takes a constant number of
 * statements, whatever the number of events.
 *
 * Positions have no gaps, so the window is plain arithmetic and the checkpoint moves over events that the projection
 * does not handle.
 */
@Injectable()
export class Turns {
  private readonly tables: { checkpoints: string; events: string };

  constructor(
    private readonly dataSource: DataSource,
    private readonly registry: EventRegistry,
    private readonly currentTurn: CurrentTurn,
    private readonly options: ResolvedOptions,
  ) {
    this.tables = { checkpoints: options.qualified('projections'), events: options.qualified('events') };
  }

  /** Creates the checkpoint. Rows of another revision are removed, to be folded again from the first event. */
  async prepare(folding: Folding): Promise<{ reset: boolean }> {
    return this.dataSource.transaction(async (manager) => {
      await ensureCheckpoint(manager, this.tables.checkpoints, folding.name, folding.revision);
      const checkpoint = await lockCheckpoint(manager, this.tables, folding.name, 'wait');
      if (checkpoint?.revision === folding.revision) return { reset: false };
      for (const { table } of folding.tables) await table.clear(manager);
      await this.advance(manager, folding, 0);
      return { reset: true };
    });
  }

  async run(folding: Folding): Promise<TurnOutcome> {
    return this.dataSource.transaction(async (manager) => {
      const checkpoint = await lockCheckpoint(manager, this.tables, folding.name, 'skip');
      if (checkpoint === undefined || checkpoint.revision !== folding.revision) return { kind: 'elsewhere' };
      const { head } = checkpoint;
      const upTo = Math.min(checkpoint.position + this.options.turns.size, head);
      if (upTo > checkpoint.position) await this.foldWindow(manager, folding, checkpoint, upTo);
      return { kind: 'folded', position: Math.max(upTo, checkpoint.position), behind: upTo < head };
    });
  }

  private async foldWindow(manager: EntityManager, folding: Folding, { position }: Checkpoint, upTo: number) {
    const window = { after: position, upTo, types: folding.eventTypes };
    const stored = await selectWindow(manager, this.tables.events, window);
    const events = stored.map((event) => this.registry.revive(event));
    const rows = await fetchRows(manager, folding, events);
    await this.currentTurn.run({ manager, rows }, () => handleInOrder(folding, events));
    for (const changed of rows.values()) await changed.write(manager);
    await this.advance(manager, folding, upTo);
  }

  private advance(manager: EntityManager, folding: Folding, position: number): Promise<void> {
    return saveCheckpoint(manager, this.tables.checkpoints, folding.name, {
      revision: folding.revision,
      position,
    });
  }
}

async function fetchRows(
  manager: EntityManager,
  folding: Folding,
  events: readonly Recorded<DomainEvent>[],
): Promise<Map<Type<object>, TurnRows<object>>> {
  const rows = new Map<Type<object>, TurnRows<object>>();
  for (const { table, key } of folding.tables) {
    const turnRows = new TurnRows<object>(table);
    await turnRows.fetch(
      manager,
      events.map(key).filter((touched) => touched !== undefined),
    );
    rows.set(table.entity, turnRows);
  }
  return rows;
}

async function handleInOrder(folding: Folding, events: readonly Recorded<DomainEvent>[]): Promise<void> {
  for (const event of events) {
    const handled: unknown = folding.handler.handle(event);
    // A microtask an event is measurable in a backlog; only handlers with SQL of their own are waited for.
    if (handled instanceof Promise) await handled;
  }
}
