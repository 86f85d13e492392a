import { randomBytes, randomUUID } from 'node:crypto';
import { KEY_BYTES } from '../options/privacy-rules.js';
import type { ResolvedOptions } from '../options.js';
import type { Database } from '../postgres/database.js';
import { againAfterConflict } from '../postgres/again-after-conflict.js';
import type { PreparedQueries } from '../postgres/prepared-queries.js';
import { isTransient } from '../postgres/transient-failure.js';
import { MasterKeys } from './master-keys.js';
import type { OpenedVault } from './opened-vault.js';
import { WrongMasterKeyError } from './wrong-master-key.error.js';
import { insertKeys, type KeyRow, type Run, selectErased, selectLivingKeys } from './subject-keys.sql.js';

/** Subjects of one statement. */
const AT_ONCE = 1_000;

export interface KeyOfSubject {
  id: string;
  subject: string;
  plain: Uint8Array;
}

interface Batch {
  subjects: Set<string>;
  /** Whether a transaction of a caller is open. */
  isInside: boolean;
  /** Whether the commit waits for the disk. */
  isLasting: boolean;
  keys: Promise<ReadonlyMap<string, KeyOfSubject>>;
}

/**
 * Finds the keys of subjects that are not in memory, and makes those that do not exist. Appends that come while a
 * statement is under way share the next one, as appends share a commit.
 */
export class NewKeys {
  private waiting: Batch | undefined;
  private running: Promise<unknown> | undefined;

  constructor(
    private readonly parts: {
      database: Database;
      queries: PreparedQueries;
      options: ResolvedOptions;
      open: () => Promise<OpenedVault>;
    },
  ) {}

  want(
    subjects: readonly string[],
    { isInside, isLasting }: Pick<Batch, 'isInside' | 'isLasting'>,
  ): Promise<ReadonlyMap<string, KeyOfSubject>> {
    const batch = (this.waiting ??= this.next());
    for (const subject of subjects) batch.subjects.add(subject);
    batch.isInside ||= isInside;
    batch.isLasting ||= isLasting;
    return batch.keys;
  }

  private next(): Batch {
    const batch: Batch = { subjects: new Set(), isInside: false, isLasting: false, keys: undefined as never };
    batch.keys = this.send(batch);
    return batch;
  }

  private async send(batch: Batch): Promise<ReadonlyMap<string, KeyOfSubject>> {
    await this.running; // at once when nothing is under way, but after all callers of this moment
    this.waiting = undefined;
    const found = this.find(batch, this.runFor(batch));
    this.running = found.catch(() => undefined);
    return found;
  }

  /**
   * All connections of the pool may belong to transactions that wait for their keys here. Then a connection of its own
   * ends the wait. Where none comes in time, as on a busy machine, one of the pool may have become free.
   */
  private runFor({ isInside }: Batch): Run {
    const { database, queries } = this.parts;
    const inPool: Run = (text, values) => queries.query(text, values);
    if (!isInside || database.hasFreeConnection) return inPool;
    const beside: Run = (text, values) => database.besidePool((statements) => statements.query(text, values));
    return <Row extends object>(text: string, values: unknown[]) =>
      beside<Row>(text, values).catch((error: unknown) => {
        if (!isTransient(error)) throw error;
        return inPool<Row>(text, values);
      });
  }

  private async find({ subjects, isLasting }: Batch, run: Run): Promise<ReadonlyMap<string, KeyOfSubject>> {
    const opened = await this.parts.open();
    const all = [...subjects];
    const keys = new Map<string, KeyOfSubject>();
    for (let from = 0; from < all.length; from += AT_ONCE) {
      for (const key of await this.findSome(all.slice(from, from + AT_ONCE), opened, { run, isLasting })) {
        keys.set(key.subject, key);
      }
    }
    return keys;
  }

  /** A vault elsewhere is asked to wrap only what is new. Wrapping in memory is cheaper than a statement. */
  private async findSome(
    subjects: readonly string[],
    opened: OpenedVault,
    { run, isLasting }: { run: Run; isLasting: boolean },
  ): Promise<KeyOfSubject[]> {
    const { options } = this.parts;
    const isLocal = opened.vault instanceof MasterKeys;
    const known = isLocal ? [] : await selectLivingKeys(run, options, subjects);
    const made = subjects.filter(notIn(known)).map(newKey);
    const inserted = made.length === 0 ? [] : await this.insert(made, opened, { run, isLasting });
    const rows = [...known, ...inserted];
    const raced = subjects.filter(notIn(rows));
    if (raced.length > 0) rows.push(...(await selectLivingKeys(run, options, raced)));
    const without = subjects.filter(notIn(rows));
    if (without.length > 0) await this.requireErased(without, run);
    return unwrapped(rows, made, opened);
  }

  /** A subject that is erased gets no key. @throws WrongMasterKeyError when there is another reason */
  private async requireErased(subjects: readonly string[], run: Run): Promise<void> {
    const erased = await selectErased(run, this.parts.options, subjects);
    if (erased.length < subjects.length) throw new WrongMasterKeyError(PUT_OUT_OF_USE);
  }

  private async insert(
    made: readonly KeyOfSubject[],
    { vault, isKept }: OpenedVault,
    { run, isLasting }: { run: Run; isLasting: boolean },
  ): Promise<KeyRow[]> {
    const master = vault.master ?? 0;
    const wrapped = await vault.wrap(made.map(({ id, plain }) => ({ id, key: plain })));
    const rows = made.map(({ id, subject }, index) => ({ id, subject, master, wrapped: wrapped[index]! }));
    return againAfterConflict(() => insertKeys(run, this.parts.options, rows, { isKept, isLasting }));
  }
}

const newKey = (subject: string): KeyOfSubject => ({
  id: randomUUID(),
  subject,
  plain: randomBytes(KEY_BYTES),
});

function notIn(rows: readonly KeyRow[]): (subject: string) => boolean {
  const found = new Set(rows.map(({ subject }) => subject));
  return (subject) => !found.has(subject);
}

/** Keys that were made here need no vault. */
async function unwrapped(
  rows: readonly KeyRow[],
  made: readonly KeyOfSubject[],
  { vault }: OpenedVault,
): Promise<KeyOfSubject[]> {
  const own = new Map(made.map((key) => [key.id, key]));
  const others = rows.filter(({ id }) => !own.has(id));
  const plain =
    others.length === 0
      ? []
      : await vault.unwrap(others.map(({ id, master, wrapped }) => ({ id, master, wrapped: wrapped! })));
  const found = others.map(({ id, subject }, index) => ({ id, subject, plain: plain[index]! }));
  return [...rows.flatMap(({ id }) => own.get(id) ?? []), ...found];
}

const PUT_OUT_OF_USE =
  'The master key that this process has from the database was put out of use by "eventfold privacy rewrap": ' +
  'start it again with the new one.';
