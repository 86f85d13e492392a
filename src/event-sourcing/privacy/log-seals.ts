import { Injectable } from '@nestjs/common';
import { ResolvedOptions } from '../options.js';
import { Database } from '../postgres/database.js';
import { selectIsSealed } from './log-seals.sql.js';

/** How long "not sealed" is believed, in ms. "Sealed" stays true. */
const ASK_AGAIN_MS = 10_000;

/** Whether the log may have events that were appended before personal fields were encrypted. */
@Injectable()
export class LogSeals {
  private sealed = false;
  private askedAt = -Infinity;

  constructor(
    private readonly database: Database,
    private readonly options: ResolvedOptions,
  ) {}

  /**
   * Whether it is known that no event is of a time before keys. The log is asked in the background: the caller may have
   * the last connection of the pool, and would wait for itself.
   */
  get isSealed(): boolean {
    if (!this.sealed && performance.now() - this.askedAt >= ASK_AGAIN_MS) void this.ask();
    return this.sealed;
  }

  private async ask(): Promise<void> {
    this.askedAt = performance.now();
    this.sealed = await selectIsSealed(this.database.statements, this.options).catch(() => false);
  }
}
