import type { EntityManager } from 'typeorm';

/** The turn of a reaction, as an append or an update joins it: its events commit with the checkpoint. */
export abstract class RunningTurn {
  /**
   * The transaction that commits with the checkpoint. A reaction that works under a lease begins it here.
   *
   * @throws TurnError when the turn belongs to a projection
   */
  abstract appending(): Promise<EntityManager>;
}
