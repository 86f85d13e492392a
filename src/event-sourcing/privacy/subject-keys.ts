import { Injectable } from '@nestjs/common';
import type { Statements } from '../postgres/database.js';
import { ResolvedOptions } from '../options.js';
import { destroyKeys } from './subject-keys.sql.js';

/** The keys of persons: made at the first personal field of a subject, kept for a bounded time, destroyed for ever. */
@Injectable()
export class SubjectKeys {
  private readonly destroyed = new Set<(keyIds: readonly string[]) => void>();

  constructor(private readonly options: ResolvedOptions) {}

  /**
   * Destroys the keys of a subject with the caller's transaction: what is stored under them can never be read again. At
   * the commit all processes are told to drop the keys; one that does not hear it drops them within a minute.
   *
   * @returns the ids of the keys; none when the subject has no key, or none any more
   */
  destroy(subject: string, manager: Statements): Promise<string[]> {
    return destroyKeys(manager, this.options, subject);
  }

  /** Calls `listener` with the ids of destroyed keys, in whichever process that was. @returns the function that ends it */
  onDestroyed(listener: (keyIds: readonly string[]) => void): () => void {
    this.destroyed.add(listener);
    return () => void this.destroyed.delete(listener);
  }

  /** Drops keys that this process has read. */
  drop(keyIds: readonly string[]): void {
    for (const listener of this.destroyed) listener(keyIds);
  }
}
