/**
 * The steps of an erasure. Each looks at one place, and may run again: what it did before, it does not find any more. A
 * step that must wait says for what, and changes nothing.
 *
 * The order matters. The ledger comes before the key is destroyed, so that a restored backup can be told. What
 * processes keep in memory goes before the rows, and the rows before what tells of failures at folding them.
 */
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { selectHead } from '../../log/read.sql.js';
import { ResolvedOptions } from '../../options.js';
import { SubjectKeys } from '../subject-keys.js';
import type { RunningErasure } from './erasure.js';
import { ErasureLedger } from './erasure-ledger.js';
import { outcome, type Step, step, type StepOutcome, takeTime } from './erasure-step.js';
import { addStreams, deleteIdempotencyKeys, deleteSnapshots, selectStreamsOf } from './places.sql.js';
import { blankFailures } from './failure-texts.sql.js';
import { selectErasure, selectLogId } from './erasures.sql.js';
import { selectUnaware } from './process-memory.sql.js';
import { ReadModelErasure } from './read-model-erasure.js';

/** The tables that have texts of failures. The log of operations has a step of its own. */
const FAILURES =
  'parked_keys, skipped_events, timers, process_commands, projection_rebuilds, projection_rebuild_history, ' +
  'projection_workers';
/** Events that one statement looks through. */
const WINDOW = 100_000;

@Injectable()
export class ErasureSteps {
  constructor(
    private readonly options: ResolvedOptions,
    private readonly keys: SubjectKeys,
    private readonly readModels: ReadModelErasure,
  ) {}

  /** All steps, in their order. */
  async all(manager: EntityManager): Promise<Step[]> {
    await takeTime(manager);
    return [
      ...this.ofLedger(),
      step('subject_keys', (at, erasure) => this.destroyKeys(at, erasure)),
      step('events', (at, erasure) => this.findStreams(at, erasure)),
      step('snapshots', (at, erasure) => this.dropSnapshots(at, erasure)),
      step('processes', (at, erasure) => this.awaitProcesses(at, erasure)),
      ...(await this.readModels.ofRows(manager)),
      step('idempotency_keys', (at, erasure) => this.dropIdempotencyKeys(at, erasure)),
      step(FAILURES, (at, erasure) => this.blankFailures(at, erasure)),
      ...this.readModels.ofReports(),
    ];
  }

  /** Once more, right before the end: what was under way when the fence was raised has ended since. */
  async sweep(manager: EntityManager, erasure: RunningErasure): Promise<void> {
    await this.keys.destroy(erasure.subject, manager);
    await deleteSnapshots(manager, this.options, erasure.streams);
    await deleteIdempotencyKeys(manager, this.options, erasure);
  }

  private ofLedger(): Step[] {
    const ledger = ErasureLedger.of(this.options);
    if (ledger === undefined) return [];
    return [
      step('ledger', async (manager, { id }) => {
        const { subject, requestedBy, reason, requestedAt } = (await selectErasure(
          manager,
          this.options,
          id,
        ))!;
        const log = await selectLogId(manager, this.options);
        if (log === undefined) return { found: 0, done: 'the log is empty' };
        const entry = { id, subject, requestedBy, reason, requestedAt: requestedAt.toISOString(), log };
        const isNew = await ledger.add(entry);
        return { found: isNew ? 0 : 1, done: isNew ? 'entered' : 'was entered before' };
      }),
    ];
  }

  private async destroyKeys(manager: EntityManager, { subject }: RunningErasure): Promise<StepOutcome> {
    const destroyed = await this.keys.destroy(subject, manager);
    return outcome(destroyed.length, 'keys', 'destroyed');
  }

  private async findStreams(manager: EntityManager, erasure: RunningErasure): Promise<StepOutcome> {
    const head = await selectHead(manager, this.options.logEnd);
    const streams = new Set<string>();
    let events = 0;
    for (let after = 0; after < head; after += WINDOW) {
      const window = [after, after + WINDOW] as const;
      const found = await selectStreamsOf(manager, this.options, erasure.subject, window);
      events += found.events;
      for (const stream of found.streams) streams.add(stream);
    }
    await addStreams(manager, this.options, erasure.id, [...streams]);
    return outcome(events, 'events with personal fields', 'unreadable without their key');
  }

  private async dropSnapshots(manager: EntityManager, { streams }: RunningErasure): Promise<StepOutcome> {
    return outcome(await deleteSnapshots(manager, this.options, streams), 'snapshots', 'deleted');
  }

  /** Each process has dropped what it keeps in memory, or is gone. */
  private async awaitProcesses(manager: EntityManager, erasure: RunningErasure): Promise<StepOutcome> {
    const { unaware, aware, older } = await selectUnaware(manager, this.options, erasure);
    if (unaware > 0) return { waitsFor: `${unaware} processes that have not dropped their states yet` };
    const done = 'dropped the states and keys that they keep in memory';
    const others = older === 0 ? '' : `; ${older} of an older version do not tell`;
    return { found: aware, done: `${aware} processes ${done}${others}` };
  }

  private async dropIdempotencyKeys(manager: EntityManager, erasure: RunningErasure): Promise<StepOutcome> {
    return outcome(await deleteIdempotencyKeys(manager, this.options, erasure), 'keys of calls', 'deleted');
  }

  private async blankFailures(manager: EntityManager, erasure: RunningErasure): Promise<StepOutcome> {
    return outcome(await blankFailures(manager, this.options, erasure), 'texts of failures', 'emptied');
  }
}
