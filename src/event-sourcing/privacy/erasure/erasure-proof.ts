import { Injectable } from '@nestjs/common';
import { STORABLE_TEXT, arrayOf } from '../../log/argument-rules.js';
import { ResolvedOptions } from '../../options.js';
import { requireArguments } from '../../options/require-arguments.js';
import { Database } from '../../postgres/database.js';
import { Projections } from '../../projection/run/projections.js';
import { ErasureService } from './erasure-service.js';
import { selectLivingKeys } from './erasures.sql.js';
import { countRows, isThere, personalTablesOf } from './row-erasure.js';
import { type FoundText, TextSearch } from './text-search.js';

/** Whether a person is forgotten. */
export interface ErasureEvidence {
  subject: string;
  /** `none`: nobody has asked for it. */
  erasure: 'none' | 'running' | 'done';
  /** Keys with which personal fields of the subject can still be read. */
  keys: number;
  /** Rows of read models with personal columns that are not emptied, by table. */
  rows: { table: string; count: number }[];
  /** Places with the texts that were looked for. */
  found: FoundText[];
  /** Whether the erasure is done and nothing was found. */
  isForgotten: boolean;
}

const ARGUMENTS = {
  subject: STORABLE_TEXT,
  texts: arrayOf('texts that are not empty', (text) => STORABLE_TEXT.accepts(text)),
};

/** Looks whether anything personal of a subject is left in the database. */
@Injectable()
export class ErasureProof {
  constructor(
    private readonly database: Database,
    private readonly erasures: ErasureService,
    private readonly search: TextSearch,
    private readonly projections: Projections,
    private readonly options: ResolvedOptions,
  ) {}

  /**
   * @param texts what is looked for in every column of every table, such as the address of the person; see
   * `TextSearch`. Default: only keys and rows are looked at
   */
  async verify(subject: string, texts: readonly string[] = []): Promise<ErasureEvidence> {
    requireArguments('ErasureProof.verify', { subject, texts }, ARGUMENTS);
    const erasure = (await this.erasures.find(subject))?.state ?? 'none';
    const keys = await selectLivingKeys(this.database.statements, this.options, subject);
    const rows = await this.rowsLeft(subject);
    const found = texts.length === 0 ? [] : await this.search.find(texts);
    const isForgotten = erasure === 'done' && keys === 0 && rows.length === 0 && found.length === 0;
    return { subject, erasure, keys, rows, found, isForgotten };
  }

  private async rowsLeft(subject: string): Promise<ErasureEvidence['rows']> {
    const { statements } = this.database;
    const left: ErasureEvidence['rows'] = [];
    for (const table of this.projections.foldings.flatMap(personalTablesOf)) {
      if (!(await isThere(statements, table.table))) continue;
      const count = await countRows(statements, table, subject);
      if (count > 0) left.push({ table: table.table.replaceAll('"', ''), count });
    }
    return left;
  }
}
