import { Injectable } from '@nestjs/common';
import { Database } from '../../postgres/database.js';
import type { Build } from '../build.js';
import { Turnstile } from '../../background/turnstile.js';

/** Connections that turns leave to commands, queries and to what handlers do themselves. */
const LEFT_FREE = 1;

/**
 * Bounds how many connections of the pool turns have at once. A turn keeps one to its end, and a handler may want
 * another meanwhile, for an append or a query of its own: where turns had them all, each would wait for the others for
 * ever.
 *
 * Living rows and rebuilds have shares of their own, since a turn of a rebuild takes seconds.
 */
@Injectable()
export class TurnConnections {
  private readonly turnstiles: Readonly<Record<Build, Turnstile>> = {
    live: new Turnstile(() => Math.max(1, this.database.poolSize - this.ofRebuilds - LEFT_FREE)),
    rebuild: new Turnstile(() => this.ofRebuilds),
  };

  constructor(private readonly database: Database) {}

  /** Does the work of a turn, or of a rebuild's end, when the build may have another connection. */
  ofTurn<Result>(build: Build, work: () => Promise<Result>): Promise<Result> {
    return this.turnstiles[build].pass(work);
  }

  private get ofRebuilds(): number {
    return Math.max(1, Math.floor(this.database.poolSize / 4));
  }
}
