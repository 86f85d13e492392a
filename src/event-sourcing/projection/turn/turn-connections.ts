import { Injectable } from '@nestjs/common';
import { Database } from '../../postgres/database.js';
import type { Build } from '../build.js';
import { ConcurrencyLimit } from '../../background/concurrency-limit.js';

/** Connections that turns leave to commands, queries and the handlers' own work. */
const LEFT_FREE = 1;

/**
 * Limits how many connections of the pool turns have at once. A turn keeps one until it ends, and its handler may need
 * another for an append or a query. If turns had all connections, each would wait for the others for ever.
 *
 * Living rows and rebuilds have separate limits, since a turn of a rebuild takes seconds.
 */
@Injectable()
export class TurnConnections {
  private readonly limits: Readonly<Record<Build, ConcurrencyLimit>> = {
    live: new ConcurrencyLimit(() => Math.max(1, this.database.poolSize - this.ofRebuilds - LEFT_FREE)),
    rebuild: new ConcurrencyLimit(() => this.ofRebuilds),
  };

  constructor(private readonly database: Database) {}

  /** Runs a turn, or the end of a rebuild, when its build may have another connection. */
  ofTurn<Result>(build: Build, work: () => Promise<Result>): Promise<Result> {
    return this.limits[build].run(work);
  }

  private get ofRebuilds(): number {
    return Math.max(1, Math.floor(this.database.poolSize / 4));
  }
}
