import { Injectable } from '@nestjs/common';
import { ResolvedOptions } from '../options.js';
import { Database } from '../postgres/database.js';
import type { KeyVault } from '../options/event-sourcing-options.js';
import { countOldKeys, forgetKeptMasters, selectOldKeys, updateWrapped } from './rewrap.sql.js';
import { SubjectKeys } from './subject-keys.js';

/** Keys of one transaction. */
const AT_ONCE = 500;

export interface RewrapProgress {
  /** Keys that this call has wrapped anew, and those that it found to do. */
  rewrapped: number;
  total: number;
}

export interface RewrapReport extends RewrapProgress {
  /** The number of the master key under which all keys are now. */
  master: number;
  /** The numbers of master keys that the database kept, and that are deleted now. */
  forgotten: number[];
}

/**
 * Wraps all keys of persons with the newest master key. It goes on where an earlier call was ended: a key that is
 * done is told by its number. Processes that still have the older master key first may add keys meanwhile; the next
 * call finds them.
 */
@Injectable()
export class Rewrap {
  constructor(
    private readonly database: Database,
    private readonly keys: SubjectKeys,
    private readonly options: ResolvedOptions,
  ) {}

  async run({
    signal,
    onProgress = () => undefined,
  }: {
    signal: AbortSignal;
    onProgress?: (progress: RewrapProgress) => void;
  }): Promise<RewrapReport> {
    const { vault } = await this.keys.open();
    const master = vault.master ?? 0;
    const total = await countOldKeys(this.database.statements, this.options, master);
    let rewrapped = 0;
    for (let count = -1; count !== 0; rewrapped += count) {
      signal.throwIfAborted();
      onProgress({ rewrapped, total });
      count = await this.some(vault, master);
    }
    onProgress({ rewrapped, total });
    const forgotten = await this.database.transaction((manager) =>
      forgetKeptMasters(manager, this.options, master),
    );
    return { rewrapped, total: Math.max(total, rewrapped), master, forgotten };
  }

  private some(vault: KeyVault, master: number): Promise<number> {
    return this.database.transaction(async (manager) => {
      const old = await selectOldKeys(manager, this.options, master, AT_ONCE);
      if (old.length === 0) return 0;
      const plain = await vault.unwrap(old);
      const wrapped = await vault.wrap(old.map(({ id }, index) => ({ id, key: plain[index]! })));
      await updateWrapped(manager, this.options, {
        ids: old.map(({ id }) => id),
        wrapped: wrapped.map((each) => Buffer.from(each).toString('hex')),
        master,
      });
      return old.length;
    });
  }
}
