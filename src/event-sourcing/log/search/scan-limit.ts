import { Injectable } from '@nestjs/common';
import { ConcurrencyLimit, ConcurrencyLimitTimeout } from '../../background/concurrency-limit.js';
import { EventfoldError } from '../../errors.js';

/** Scans that run at once in a process. Each keeps one connection of the pool busy. */
const SCANS = 2;
/** How long a scan waits for its turn, in ms. */
const PATIENCE_MS = 10_000;

/** Too many scans of the log are under way. */
export class ScanBusyError extends EventfoldError {
  readonly kind = 'unavailable';
  readonly code = 'overloaded';

  constructor(options?: { cause: unknown }) {
    super(`${SCANS} searches through the log are under way already. Try again in a moment.`, options);
  }
}

/** Runs a few scans of the log at a time, so that they leave the connections of the pool to commands and queries. */
@Injectable()
export class ScanLimit {
  private readonly scans = new ConcurrencyLimit(() => SCANS);

  /** @throws ScanBusyError when the scan would wait too long */
  async run<Result>(scan: () => Promise<Result>): Promise<Result> {
    try {
      return await this.scans.run(scan, PATIENCE_MS);
    } catch (error) {
      throw error instanceof ConcurrencyLimitTimeout ? new ScanBusyError({ cause: error }) : error;
    }
  }
}
