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

  /** Whether no event is of a time before keys. */
  async isSealed(): Promise<boolean> {
    if (this.sealed || performance.now() - this.askedAt < ASK_AGAIN_MS) return this.sealed;
    this.sealed = await selectIsSealed(this.database.statements, this.options);
    this.askedAt = performance.now();
    return this.sealed;
  }
}
