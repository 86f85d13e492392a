import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { createSecretKey, type KeyObject } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { EventRegistry } from '../event/event-registry.js';
import { LogListener } from '../log/arrival/log-listener.js';
import { broken, InvalidOptionsError } from '../options/resolve-options.js';
import type { PrivacyOptions } from '../options/event-sourcing-options.js';
import { ResolvedOptions } from '../options.js';
import { Database, type Statements } from '../postgres/database.js';
import { PreparedQueries } from '../postgres/prepared-queries.js';
import { isTransient } from '../postgres/transient-failure.js';
import { isOfPackage } from './fields/personal.js';
import { type KeyTables, keyTables } from './key-tables.js';
import { NewKeys } from './new-keys.js';
import { type OpenedVault, openVault } from './opened-vault.js';
import type { KeySource, SubjectKey } from './fields/personal-reader.js';
import { destroyKeys, KEY_DESTROYED, type KeyRow, type Run, selectKeys } from './subject-keys.sql.js';

/**
 * Keys in memory, and how long each stays, in ms. A process that hears of no destruction uses a key so long at most.
 */
const MOST_KEYS = 20_000;
export const KEPT_MS = 60_000;
/** The beginning of subjects that are no persons. */
const OWN = 'eventfold:';

/** The keys of persons: made at the first personal field of a subject, in memory for a minute, destroyed for ever. */
@Injectable()
export class SubjectKeys implements KeySource, OnApplicationShutdown {
  private readonly logger = new Logger('Personal data');
  private readonly byId = new LRUCache<string, SubjectKey>({ max: MOST_KEYS, ttl: KEPT_MS });
  private readonly bySubject = new LRUCache<string, SubjectKey>({ max: MOST_KEYS, ttl: KEPT_MS });
  /** Keys that were destroyed of late: a read that was under way may still bring one. */
  private readonly gone = new LRUCache<string, true>({ max: MOST_KEYS, ttl: KEPT_MS });
  /** How often all keys were forgotten. What was read before the last time is used once, and not kept. */
  private generation = 0;
  private secrets = new Map<string, KeyObject>();
  private readonly destroyed = new Set<(keyIds: readonly string[]) => void>();
  private readonly newKeys: NewKeys;
  private readonly tables: KeyTables | undefined;
  private opening: Promise<OpenedVault> | undefined;
  private hasToldOfNoKeys = false;

  constructor(
    database: Database,
    queries: PreparedQueries,
    private readonly registry: EventRegistry,
    listener: LogListener,
    private readonly options: ResolvedOptions,
  ) {
    this.tables = keyTables(options, database);
    registry.readWith(this);
    this.newKeys = new NewKeys({ database, queries, options, open: () => this.open() });
    listener.onPayload((payload) => this.hear(payload));
  }

  /**
   * Makes sure that personal fields can be stored, if an event class declares some.
   *
   * @throws InvalidOptionsError when the options name no vault
   * @throws WrongMasterKeyError when the keys in the database are wrapped with other master keys
   */
  async start(): Promise<void> {
    if (this.registry.personalClasses.length === 0 || this.tables === undefined) return;
    const privacy = this.vaultOptions();
    if (!this.options.requireTables) return; // before the migrations, the tables may be missing
    await this.open().catch((error: unknown) => {
      if (this.options.hasLog || !isTransient(error)) throw error; // turns wait for a database that is away
    });
    if (this.options.hasLog && privacy.masterKeys === 'kept-in-database') this.logger.warn(KEPT);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.tables?.close();
  }

  /** The tables beside the log, where that is elsewhere and this process was told where. */
  get elsewhere(): KeyTables | undefined {
    return this.tables?.isOwn === false ? this.tables : undefined;
  }

  /** The key of a subject, if it is in memory. */
  ofSubject(subject: string): SubjectKey | undefined {
    return this.bySubject.get(subject);
  }

  /**
   * The keys of subjects. Those that do not exist are made, and committed before this resolves. A subject that is
   * erased gets none.
   *
   * @param isInside whether a transaction of the caller is open, which may have the last connection of the pool
   * @param isLasting whether the commit waits for the disk; see `insertKeys`
   */
  async make(
    subjects: readonly string[],
    isInside = false,
    { isLasting = false } = {},
  ): Promise<ReadonlyMap<string, SubjectKey>> {
    const { generation } = this;
    const rows = await this.newKeys.want(subjects, { isInside, isLasting });
    const keys = new Map<string, SubjectKey>();
    for (const subject of subjects) {
      const row = rows.get(subject);
      if (row !== undefined) keys.set(subject, this.keyOf(row, generation));
    }
    return keys;
  }

  /**
   * A secret of the event store, such as the key of an HMAC. It is made once, on the disk before this resolves, since
   * nothing tells later that it was lost. It stays when master keys change. Unlike the key of a person it is never
   * destroyed, so it stays in memory.
   */
  async secret(name: string): Promise<KeyObject> {
    const { secrets } = this; // what comes after `forget` may be of another server, and is not kept
    const known = secrets.get(name);
    if (known !== undefined) return known;
    const subject = OWN + name;
    const { secret } = (await this.make([subject], true, { isLasting: true })).get(subject)!;
    secrets.set(name, secret!);
    return secret!;
  }

  inMemory(keyId: string): SubjectKey | undefined {
    return this.byId.get(keyId);
  }

  async load(keyIds: readonly string[], given?: Statements): Promise<ReadonlyMap<string, SubjectKey>> {
    const { tables } = this;
    // Without the keys, readers get what they would get after an erasure.
    if (tables === undefined) {
      this.tellOfNoKeys();
      return new Map(keyIds.map((id) => [id, { id, secret: undefined }]));
    }
    const { generation } = this;
    const { vault } = await this.open();
    const statements = tables.isOwn ? (given ?? tables.statements) : tables.statements;
    const run: Run = (text, values) => statements.query(text, values);
    const rows = await selectKeys(run, tables, keyIds);
    const living = rows.filter(isLiving);
    const plain = await vault.unwrap(living);
    const secrets = new Map(living.map(({ id }, index) => [id, plain[index]!]));
    return new Map(
      rows.map((row) => [row.id, this.keyOf({ ...row, plain: secrets.get(row.id) }, generation)]),
    );
  }

  /** Once: every page of events would have it. */
  private tellOfNoKeys(): void {
    if (!this.hasToldOfNoKeys) this.logger.warn(NO_KEYS);
    this.hasToldOfNoKeys = true;
  }

  /**
   * Destroys the keys of a subject with the caller's transaction: what is stored under them can never be read again. At
   * the commit all processes are told to drop the keys. One that does not hear it drops them within a minute.
   *
   * @returns the ids of the keys; none when the subject has no key, or none any more
   */
  async destroy(subject: string, manager: Statements): Promise<string[]> {
    if (subject.startsWith(OWN)) throw new Error(broken('subject', subject, 'the id of a person'));
    return destroyKeys(manager, this.options, subject);
  }

  /** Calls `listener` with the ids of destroyed keys, whichever process that was. @returns the function that ends it */
  onDestroyed(listener: (keyIds: readonly string[]) => void): () => void {
    this.destroyed.add(listener);
    return () => void this.destroyed.delete(listener);
  }

  /** Drops destroyed keys, those in the hands of readers included. */
  drop(keyIds: readonly string[]): void {
    for (const id of keyIds) {
      this.gone.set(id, true);
      const key = this.byId.get(id);
      if (key !== undefined) key.secret = undefined;
    }
    this.forgetKeys(keyIds);
    for (const listener of this.destroyed) listener(keyIds);
  }

  /** Takes keys out of memory that the database may lack. */
  forgetKeys(keyIds: readonly string[]): void {
    if (keyIds.length === 0) return;
    const lost = new Set(keyIds);
    for (const id of lost) this.byId.delete(id);
    for (const [subject, { id }] of this.bySubject.entries())
      if (lost.has(id)) this.bySubject.delete(subject);
  }

  /** Takes all keys out of memory. */
  forget(): void {
    this.generation++;
    this.gone.clear(); // another server may have them
    this.byId.clear();
    this.bySubject.clear();
    this.secrets = new Map();
  }

  /** The vault, whose master keys were compared once. */
  open(): Promise<OpenedVault> {
    this.opening ??= openVault(this.vaultOptions(), this.tables!).catch((error: unknown) => {
      this.opening = undefined;
      throw error;
    });
    return this.opening;
  }

  private vaultOptions(): PrivacyOptions {
    const { privacy } = this.options;
    if ((privacy.masterKeys ?? privacy.vault) !== undefined) return privacy;
    if (!this.options.hasLog) return { masterKeys: 'kept-in-database' };
    const ofHost = this.registry.personalClasses.find(({ personal = [] }) => !isOfPackage(personal));
    if (ofHost === undefined) return { masterKeys: 'kept-in-database' };
    throw new InvalidOptionsError([
      `${ofHost.name} declares personal fields, and the event store has no keys to ` +
        'encrypt them with: give EventSourcingModule.forRoot({ privacy: { masterKeys: [{ number: 1, key }] } }) with 32 ' +
        "random bytes that are kept outside the database, or privacy.vault; for a trial, masterKeys: 'kept-in-database'.",
    ]);
  }

  /** A listener that was away for a while has missed what others told. */
  private hear(payload: string | undefined): void {
    if (payload === undefined) this.forget();
    else if (payload.startsWith(KEY_DESTROYED)) this.drop([payload.slice(KEY_DESTROYED.length)]);
  }

  private keyOf(read: ReadKey, generation: number): SubjectKey {
    if (generation === this.generation) return this.remember(read);
    return { id: read.id, secret: read.plain && createSecretKey(read.plain) };
  }

  private remember({ id, subject, plain }: ReadKey): SubjectKey {
    const known = this.byId.peek(id);
    const lives = plain !== undefined && !this.gone.has(id);
    const key = known ?? { id, secret: lives ? createSecretKey(plain) : undefined };
    if (!lives) key.secret = undefined;
    this.byId.set(id, key);
    if (key.secret !== undefined) this.bySubject.set(subject, key);
    return key;
  }
}

interface ReadKey {
  id: string;
  subject: string;
  plain: Uint8Array | undefined;
}

const isLiving = (row: KeyRow): row is KeyRow & { wrapped: Buffer } => row.wrapped !== null;

const KEPT =
  'The master key is kept in the database, beside the keys that it wraps: whoever can read the whole database, or a ' +
  'backup of it, can read personal data. Set PRIVACY_MASTER_KEY (in a host: privacy.masterKeys) to 2:<base64 of 32 ' +
  'random bytes>, start again, and run "eventfold privacy rewrap".';

const NO_KEYS =
  'Events have encrypted personal fields, and privacy.keys is not given: they are folded as after an erasure. Rows stay ' +
  'so until they are rebuilt in a process with the keys.';
