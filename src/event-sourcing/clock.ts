import { Injectable } from '@nestjs/common';

/**
 * The time of this process. It is injected, so that a test can stop it. The timestamps of the log come from the
 * database.
 */
@Injectable()
export class Clock {
  now(): Date {
    return new Date();
  }
}
