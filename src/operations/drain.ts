import { Injectable } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * The time between "not ready" and the stop. A load balancer that asks every few seconds still sends requests during
 * this time, and the service answers them.
 */
@Injectable()
export class Drain {
  private begun = false;

  get hasBegun(): boolean {
    return this.begun;
  }

  /** `/health/ready` answers 503 from now on. Resolves after the delay. */
  async begin(delayMs: number): Promise<void> {
    this.begun = true;
    await sleep(delayMs);
  }
}
