import type { Checkpoint } from './checkpoint.sql.js';

/** A rebuild must fold at least this multiple of the log's growth: otherwise it would never end. */
const GAIN = 2;
/** Within this many positions of the log's end, there is nothing more to gain. */
const NEAR = 4_000;
const MOST = 64;

/**
 * The speed of a share's rebuild. Its rests between pieces are divided by `factor`, from 1 to 64. The factor doubles
 * after each turn that gained too little on the log, as under many commands or on a slow machine. Otherwise it halves.
 */
export class RebuildSpeed {
  factor = 1;
  private last: Pick<Checkpoint, 'position' | 'head'> | undefined;

  /** Called at the beginning of each turn. */
  adjust({ position, head }: Pick<Checkpoint, 'position' | 'head'>): void {
    const { last } = this;
    this.last = { position, head };
    if (last === undefined) return;
    const isGaining = position - last.position >= GAIN * (head - last.head);
    const isFine = isGaining || head - position < NEAR;
    this.factor = isFine ? Math.max(1, this.factor / 2) : Math.min(MOST, this.factor * 2);
  }
}
