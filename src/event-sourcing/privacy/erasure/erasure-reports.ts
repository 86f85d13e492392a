import { Injectable } from '@nestjs/common';
import type { Erasure } from './erasure.js';

/** What an erasure came to, to be shown. */
export interface ErasureReport extends Erasure {
  /** Where data of the person may be that the event store does not reach, in words. */
  outside: string[];
  /** An HMAC of all else, behind the number of its master key; null without a master key. */
  signature: string | null;
}

const OUTSIDE = [
  'backups of the database, until their end of life: after a restore the ledger of erasures is applied again',
  'files of the database server: write-ahead log until it is recycled, space of deleted rows until it is vacuumed',
  'replicas, until they have replayed the erasure',
  'logs of programs and proxies',
  'other services that were told, such as by reactions or by a broker: they get the event of the erasure',
];

/** Makes reports about erasures. */
@Injectable()
export class ErasureReports {
  async of(erasure: Erasure): Promise<ErasureReport> {
    return { ...erasure, outside: OUTSIDE, signature: null };
  }
}
