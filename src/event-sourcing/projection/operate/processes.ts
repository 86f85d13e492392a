import { Injectable } from '@nestjs/common';
import { ResolvedOptions } from '../../options.js';
import { Database } from '../../postgres/database.js';
import { type ProcessRecord, selectProcesses } from '../run/processes.sql.js';

/** The processes that work on this store, as the database knows them: by the signs of life that they give. */
@Injectable()
export class Processes {
  constructor(
    private readonly database: Database,
    private readonly options: ResolvedOptions,
  ) {}

  /** At most 500, by name. A process that ends without notice stays for a minute, and is not answering. */
  list(): Promise<ProcessRecord[]> {
    return selectProcesses(this.database.statements, this.options);
  }
}
