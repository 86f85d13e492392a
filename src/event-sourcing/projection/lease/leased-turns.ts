import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import type { DomainEvent, Recorded } from '../../event/domain-event.js';
import { Telemetry } from '../../telemetry/telemetry.js';
import type { Share } from '../declare/share.js';
import { saveCheckpoint, selectPosition } from '../turn/checkpoint.sql.js';
import { TurnMeasurement } from '../turn/turn-measurement.js';
import { type TurnLimits, type TurnOutcome, Turns } from '../turn/turn.js';
import { freeLease, takeLease } from './lease.sql.js';
import { LeasedWork, LeaseParts } from './leased-work.js';

/**
 * The turns of a reaction that works under a lease. A short transaction takes the next event: it moves the checkpoint
 * up to it, and writes the lease into the row. The handler works without a connection. A second transaction moves the
 * checkpoint over the event and frees the lease, if the lease is still ours: see `LeasedWork`.
 */
@Injectable()
export class LeasedTurns {
  /** One token for the process: each share has one runner in it, which does one thing at a time. */
  private readonly token = randomUUID();

  constructor(
    private readonly turns: Turns,
    private readonly parts: LeaseParts,
    private readonly telemetry: Telemetry,
  ) {}

  /** @throws FoldFailure, TooManyParked, LeaseOvertaken, and errors of PostgreSQL; then the event is not handled */
  async run(share: Share, limits: TurnLimits): Promise<TurnOutcome> {
    if (limits.park !== undefined) return this.turns.run(share, { ...limits, token: this.token });
    const measurement = new TurnMeasurement(share, this.telemetry);
    try {
      const outcome = await this.turn(share, limits, measurement);
      if (outcome.kind === 'folded') measurement.committed(outcome.position);
      return outcome;
    } catch (error) {
      measurement.failed(error);
      throw error;
    }
  }

  private async turn(share: Share, limits: TurnLimits, { folding }: TurnMeasurement): Promise<TurnOutcome> {
    let taken: Recorded<DomainEvent> | undefined;
    let upTo = 0;
    const outcome = await this.turns.transact(share, {
      ...limits,
      token: this.token,
      began: (after, end) => {
        upTo = end;
        limits.began?.(after, end);
      },
      handOver: async (manager, event) => {
        await takeLease(manager, this.parts.options, { share }, this.token);
        taken = event;
      },
    });
    if (outcome.kind !== 'folded' || taken === undefined) return outcome;
    const event = taken;
    await folding([event], () => this.handle(share, event));
    return {
      ...outcome,
      position: event.position,
      behind: event.position < upTo || isCut(upTo, outcome, limits),
    };
  }

  private async handle(share: Share, event: Recorded<DomainEvent>): Promise<void> {
    const { token, parts } = this;
    const { options, database } = parts;
    const place = { share };
    const work = new LeasedWork(
      {
        place,
        token,
        event,
        settle: (manager) => saveCheckpoint(manager, options, share, event.position, 'free lease'),
        isSettled: async (manager) => (await selectPosition(manager, options, share)) >= event.position,
      },
      parts,
    );
    try {
      await work.run();
    } catch (error) {
      // When the database is away, the lease ends by time.
      await freeLease(database.statements, options, place, token).catch(() => undefined);
      throw error;
    }
  }
}

/** Whether the turn was to end before the end of the log. */
const isCut = (upTo: number, { position }: { position: number }, { size, before }: TurnLimits) =>
  before !== undefined || upTo - position >= size;
