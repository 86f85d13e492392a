import { EventEmitter } from 'node:events';
import { isTransient } from '../../postgres/transient-failure.js';
import { NotCaughtUpError } from '../projection-errors.js';
import type { Progress } from '../turn/checkpoint.sql.js';

/**
 * Pauses of a waiting query between two looks at the checkpoint, in ms, when another instance folds: the first and the
 * longest one. Each is half as long again as the one before. A turn in this process wakes the query at once.
 */
const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 100;

/** The position and the parked keys of a projection, as far as this process knows. */
interface Known {
  position: number;
  parked: { has(key: string): boolean };
}

const NOTHING_KNOWN: Known = { position: 0, parked: new Set() };

/** Knows the progress of projections on one server, and lets a query wait for a position there. */
export class AwaitedProgress {
  private projections = new Map<string, Known>();
  private readonly emitter = new EventEmitter().setMaxListeners(0);
  private readonly looking = new Map<string, Promise<void>>();

  /**
   * @param select reads the committed progress
   * @param looksAlone whether the caller must look by itself, and not share the look of another one
   */
  constructor(
    private readonly select: (name: string) => Promise<Progress>,
    private readonly looksAlone: () => boolean = () => false,
  ) {}

  know(name: string, known: Known): void {
    const { position } = this.of(name);
    this.projections.set(name, known);
    if (known.position !== position) this.wake(name);
  }

  /**
   * Called before somebody finds out the progress. The function that it returns takes what was found, unless all was
   * forgotten meanwhile: then it may be of another server.
   */
  learning(name: string): (known: Known) => void {
    const { projections } = this;
    return (known) => {
      if (this.projections === projections) this.know(name, known);
      else this.wake(name);
    };
  }

  of(name: string): Known {
    return this.projections.get(name) ?? NOTHING_KNOWN;
  }

  /** Drops all that is known: another server may be behind it. */
  forget(): void {
    this.projections = new Map();
  }

  /** Lets waiting queries look again. */
  wake(name: string): void {
    this.emitter.emit(name);
  }

  /** @throws NotCaughtUpError after that time, in ms */
  async comesTo(name: string, position: number, withinMs: number): Promise<void> {
    const deadline = performance.now() + withinMs;
    for (
      let pause = FIRST_PAUSE_MS;
      this.of(name).position < position;
      pause = Math.min(pause * 1.5, LONGEST_PAUSE_MS)
    ) {
      await this.look(name);
      if (this.of(name).position >= position) return;
      const left = deadline - performance.now();
      if (left <= 0) throw new NotCaughtUpError(name, position, this.of(name).position);
      await this.pause(name, Math.min(left, pause));
    }
  }

  /** Reads the committed position. Simultaneous waiters share one query. A query that was cut off is sent again. */
  private look(name: string): Promise<void> {
    if (this.looksAlone()) return this.lookOnce(name);
    const look = this.looking.get(name) ?? this.lookOnce(name).finally(() => this.looking.delete(name));
    this.looking.set(name, look);
    return look;
  }

  private lookOnce(name: string): Promise<void> {
    return this.select(name).then(this.learning(name), ignoreTransient);
  }

  private pause(name: string, ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.emitter.off(name, done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.emitter.once(name, done);
    });
  }
}

function ignoreTransient(error: unknown): void {
  if (!isTransient(error)) throw error;
}
