import { Injectable } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * The time between "not ready" and the stop: a load balancer that asks every few seconds goes on sending requests for
 * so long, and they are answered.
 */
@Injectable()
export class Drain {
  private begun = false;

  get hasBegun(): boolean {
    return this.begun;
  }

  /** From now on `/health/ready` is 503; it resolves after the delay. */
  async begin(delayMs: number): Promise<void> {
    this.begun = true;
    await sleep(delayMs);
  }
}
