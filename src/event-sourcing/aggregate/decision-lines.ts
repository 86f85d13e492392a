import { Injectable } from '@nestjs/common';
import { OverloadedError } from '../log/append/append-errors.js';
import { ResolvedOptions } from '../options.js';
import { DecisionLine } from './decision-line.js';

/** The decision lines of the aggregates that this process decides on now, by stream. */
@Injectable()
export class DecisionLines {
  private readonly lines = new Map<string, DecisionLine>();
  private waiting = 0;

  constructor(private readonly options: ResolvedOptions) {}

  /**
   * Runs `decide` in the line of a stream.
   *
   * @throws OverloadedError when as many commands wait to decide as appends may wait (`groupCommit.maxWaiting`)
   */
  async pass<Result>(streamId: string, decide: (line: DecisionLine) => Promise<Result>): Promise<Result> {
    if (this.waiting >= this.options.groupCommit.maxWaiting) throw new OverloadedError(this.waiting);
    const line = this.lineOf(streamId);
    this.waiting++;
    try {
      return await line.pass(() => decide(line));
    } finally {
      this.waiting--;
    }
  }

  private lineOf(streamId: string): DecisionLine {
    const known = this.lines.get(streamId);
    if (known !== undefined) return known;
    const line: DecisionLine = new DecisionLine(() => {
      if (this.lines.get(streamId) === line) this.lines.delete(streamId);
    });
    this.lines.set(streamId, line);
    return line;
  }
}
