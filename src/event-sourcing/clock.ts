import { Injectable } from '@nestjs/common';

/** The time of this process. Injected, so that a test can stop it. The log's timestamps are the database's. */
@Injectable()
export class Clock {
  now(): Date {
    return new Date();
  }
}
