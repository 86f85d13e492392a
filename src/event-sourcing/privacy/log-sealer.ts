import { Injectable } from '@nestjs/common';
import { createSecretKey, randomBytes, randomUUID } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import type { StoredEvent } from '../event/domain-event.js';
import { EventRegistry } from '../event/event-registry.js';
import { requireLog } from '../event/no-log.error.js';
import { ResolvedOptions } from '../options.js';
import { KEY_BYTES } from '../options/privacy-rules.js';
import { Database } from '../postgres/database.js';
import { subjectsIn } from './fields/personal.js';
import type { SubjectKey } from './fields/personal-reader.js';
import { isSealed } from './fields/sealed-value.js';
import {
  insertDestroyedKey,
  moveStream,
  openSeal,
  saveSeal,
  selectToSeal,
  updateData,
} from './log-sealer.sql.js';
import { sealedFields } from './personal-writer.js';
import { SubjectKeys } from './subject-keys.js';

/** Events of one transaction. */
const AT_ONCE = 500;

/** How far a seal is. */
export interface SealProgress {
  /** The position up to which all is done, and the last one that is to be done. */
  position: number;
  upTo: number;
  /** Events whose fields this seal has encrypted. */
  events: number;
}

/** The streams that an event names in a way that must not stay: from, to. */
export type StreamMoves = (event: StoredEvent) => Promise<readonly (readonly [from: string, to: string])[]>;

/**
 * Encrypts the personal fields of a log that has plain events. Which events there are, their places and times stay.
 * Each transaction seals some events and notes how far it came, so a seal that was ended is gone on with. Aggregates
 * and read models are what they were.
 *
 * The trigger that refuses changes lets the events' data through while this transaction has noted its seal
 * (`open_events_for_sealing`), and nothing else of them.
 */
@Injectable()
export class LogSealer {
  private readonly moves = new Map<string, StreamMoves>();

  constructor(
    private readonly database: Database,
    private readonly registry: EventRegistry,
    private readonly keys: SubjectKeys,
    private readonly options: ResolvedOptions,
  ) {}

  /** Renames streams when events of a type are sealed. */
  moveBy(type: string, moves: StreamMoves): void {
    this.moves.set(type, moves);
  }

  /**
   * @param actor who seals, for the record in `log_seals`
   * @throws NoLogError; and the signal's reason, after a whole transaction
   */
  async seal({
    actor,
    signal,
    onProgress = () => undefined,
  }: {
    actor: string;
    signal: AbortSignal;
    onProgress?: (progress: SealProgress) => void;
  }): Promise<SealProgress> {
    requireLog(this.options);
    for (;;) {
      signal.throwIfAborted();
      const progress = await this.database.transaction((manager) => this.sealSome(manager, actor));
      onProgress(progress);
      if (progress.position < progress.upTo) continue;
      // What the events were is gone from the table only when their old rows are.
      await this.database.statements.query(`vacuum ${this.options.qualified('events')}`);
      return progress;
    }
  }

  private async sealSome(manager: EntityManager, actor: string): Promise<SealProgress> {
    const seal = await openSeal(manager, this.options, actor);
    const types = this.registry.personalClasses.map(({ type }) => type);
    const { id, position: after, upTo } = seal;
    const events = await selectToSeal(manager, this.options, { after, upTo, types, limit: AT_ONCE });
    for (const event of events) await this.moveStreams(manager, event);
    const plain = events.filter((event) => this.plainFields(event).length > 0);
    if (plain.length > 0) await this.write(manager, plain);
    const position = events.length < AT_ONCE ? upTo : events.at(-1)!.position;
    return saveSeal(manager, this.options, { id, position, events: plain.length });
  }

  private async moveStreams(manager: EntityManager, event: StoredEvent): Promise<void> {
    const moves = this.moves.get(event.type);
    if (moves === undefined || this.plainFields(event).length === 0) return;
    for (const [from, to] of await moves(event)) await moveStream(manager, this.options, from, to);
  }

  private async write(manager: EntityManager, events: readonly StoredEvent[]): Promise<void> {
    const subjects = new Set(
      events.flatMap(({ type, data }) => subjectsIn(this.registry.personalOf(type)!, data)),
    );
    const keys = new Map<string, SubjectKey>(await this.keys.make([...subjects], true));
    for (const subject of subjects) {
      if (keys.get(subject)?.secret === undefined)
        keys.set(subject, await this.keyOfNobody(manager, subject));
    }
    await updateData(
      manager,
      this.options,
      events.map((event) => ({ position: event.position, fields: this.sealed(event, keys) })),
    );
  }

  /** A person that is erased gets a key whose bytes are kept nowhere. */
  private async keyOfNobody(manager: EntityManager, subject: string): Promise<SubjectKey> {
    const id = randomUUID();
    await insertDestroyedKey(manager, this.options, id, subject);
    return { id, secret: createSecretKey(randomBytes(KEY_BYTES)) };
  }

  private sealed(event: StoredEvent, keys: ReadonlyMap<string, SubjectKey>): Record<string, unknown> {
    const plain = new Set(this.plainFields(event));
    const row = {
      event_id: event.eventId,
      event_data: event.data,
      personal: this.registry.personalOf(event.type),
    };
    return Object.fromEntries(Object.entries(sealedFields(row, keys)).filter(([field]) => plain.has(field)));
  }

  /** Fields without a subject cannot be encrypted: nobody could ask for their erasure either. */
  private plainFields({ type, data }: StoredEvent): string[] {
    const values = data as Readonly<Record<string, unknown>>;
    return (this.registry.personalOf(type) ?? []).flatMap(({ subject, fields }) => {
      if (typeof values[subject] !== 'string') return [];
      return Object.keys(fields).filter((field) => values[field] !== undefined && !isSealed(values[field]));
    });
  }
}
