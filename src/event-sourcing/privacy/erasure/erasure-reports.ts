import { Injectable } from '@nestjs/common';
import { createHmac, timingSafeEqual } from 'node:crypto';
import { ResolvedOptions } from '../../options.js';
import { SubjectKeys } from '../subject-keys.js';
import type { Erasure } from './erasure.js';

/** What an erasure came to, to be shown. */
export interface ErasureReport extends Erasure {
  /** Where data of the person may be that the event store does not reach, in words. */
  outside: string[];
  /** An HMAC of all else, in Base64url; null where the store has no master key. */
  signature: string | null;
}

const OUTSIDE = [
  'backups of the database, until their end of life: after a restore the ledger of erasures is applied again',
  'files of the database server: write-ahead log until it is recycled, space of deleted rows until it is vacuumed',
  'replicas, until they have replayed the erasure',
  'databases of remote projections, until they have applied the erasure, a minute after its end',
  'logs of programs and proxies',
  'other services that were told, such as by reactions or by a broker: they get the event of the erasure',
];

/** The name of the secret with which reports are signed. */
const SECRET = 'erasure-reports';

/** Makes reports about erasures, and signs them: so that one can be shown later, and proven to be of this service. */
@Injectable()
export class ErasureReports {
  constructor(
    private readonly keys: SubjectKeys,
    private readonly options: ResolvedOptions,
  ) {}

  async of(erasure: Erasure): Promise<ErasureReport> {
    const report = { ...erasure, outside: OUTSIDE };
    return { ...report, signature: await this.sign(report) };
  }

  /** Whether this store has signed the report, and nothing in it was changed. It may have gone through JSON. */
  async isGenuine({ signature, ...report }: ErasureReport): Promise<boolean> {
    const expected = await this.sign(report);
    if (signature === null || expected === null) return false;
    const [given, own] = [Buffer.from(signature), Buffer.from(expected)];
    return given.length === own.length && timingSafeEqual(given, own);
  }

  private async sign(report: object): Promise<string | null> {
    const { masterKeys, vault } = this.options.privacy;
    if ((masterKeys ?? vault) === undefined) return null;
    const secret = await this.keys.secret(SECRET);
    return createHmac('sha256', secret).update(canonical(report)).digest('base64url');
  }
}

/** The same text for the same report, in whichever order its members come. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, each: unknown) =>
    each !== null && typeof each === 'object' && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).toSorted(([one], [other]) => (one < other ? -1 : 1)))
      : each,
  );
