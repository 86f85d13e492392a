import { Injectable } from '@nestjs/common';
import { ResolvedOptions } from '../../options.js';
import { Database } from '../../postgres/database.js';
import { BehindLedgerError } from './erasure-errors.js';
import { ErasureLedger, type LedgerEntry } from './erasure-ledger.js';
import { selectLogId, selectUnknown } from './erasures.sql.js';

/** Compares the database with the ledger of erasures. */
@Injectable()
export class LedgerCheck {
  constructor(
    private readonly database: Database,
    private readonly options: ResolvedOptions,
  ) {}

  /**
   * For the start of a process. A process without the check of its tables only looks, and may look.
   *
   * @throws BehindLedgerError when the database lacks an erasure of the ledger
   */
  async requireNotBehind(): Promise<void> {
    const { hasLog, requireTables } = this.options;
    if (!hasLog || !requireTables || !this.database.isConnected) return;
    const missing = await this.missing();
    if (missing.length > 0) throw new BehindLedgerError(this.options.privacy.ledger!, missing.length);
  }

  /** The entries of the ledger that the database has no erasure for, in their order. */
  async missing(): Promise<LedgerEntry[]> {
    const all = (await ErasureLedger.of(this.options)?.entries()) ?? [];
    if (all.length === 0) return [];
    const log = await selectLogId(this.database.statements, this.options);
    const entries = all.filter((entry) => entry.log === log);
    const unknown = new Set(await selectUnknown(this.database.statements, this.options, entries));
    return entries.filter(({ id }) => unknown.has(id));
  }
}
