import { Injectable } from '@nestjs/common';
import { once } from 'node:events';
import { Ending } from './exit.js';

/** Results go to standard output, what is said about them to standard error. */
@Injectable()
export class Output {
  constructor(private readonly ending: Ending) {}

  /**
   * Waits while the reader is slower than we are: a long log never piles up in memory.
   *
   * @throws EndedEarly
   */
  async line(text: string): Promise<void> {
    const { signal } = this.ending;
    signal.throwIfAborted();
    if (!process.stdout.write(`${text}\n`)) await once(process.stdout, 'drain', { signal });
  }

  note(text: string): void {
    process.stderr.write(`${text}\n`);
  }
}
