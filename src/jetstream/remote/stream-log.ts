import { Logger } from '@nestjs/common';
import {
  backOffDelay,
  type LogSource,
  type SourceWindow,
  type SourceParts,
  type Statements,
  WakeUp,
  type WindowPart,
} from '../../event-sourcing/for-service.js';
import { EventfoldError } from '../../event-sourcing/index.js';
import type { ResolvedStream } from './stream-options.js';
import { advanceLogEnd, selectFolded, selectLogEnd } from './log-end.sql.js';
import { StreamAwayError, WrongStreamError } from './remote-errors.js';
import { StreamFollower } from './stream-follower.js';
import { GapError } from './stream-reader.js';
import { StreamSession } from './stream-session.js';

/**
 * The stream of a relay as the source of events. Its sequence is the position in the log, so checkpoints and
 * `Read-After` mean what they mean beside the log. The table `log_end` has the last event that a process on this
 * database has seen: where turns have to go.
 */
export class StreamLog implements LogSource {
  failure: Error | undefined;

  private readonly logger = new Logger('Remote log');
  private readonly wakeUp = new WakeUp();
  private session: Promise<StreamSession> | undefined;
  private stopping = false;
  private running: Promise<void> | undefined;

  constructor(
    private readonly stream: ResolvedStream,
    private readonly parts: SourceParts,
  ) {}

  start(): void {
    this.running ??= this.loop();
  }

  async stop(): Promise<void> {
    this.stopping = true;
    this.wakeUp.ring();
    await this.leave();
    await this.running;
    await this.leave();
  }

  window(_: Statements, window: SourceWindow, reader: string): Promise<WindowPart> {
    return this.inSession(async (session) => {
      try {
        return await session.read(reader, window);
      } catch (error) {
        await session.requireKept(window.after + 1);
        if (error instanceof GapError) await session.requireNoGap(error);
        throw error;
      }
    });
  }

  eventsAt(_: Statements, positions: readonly number[]): Promise<WindowPart> {
    return this.inSession((session) => session.eventsAt(positions));
  }

  end(): Promise<number> {
    return this.inSession(async (session) => session.lastOf(await session.info()));
  }

  private async inSession<Result>(work: (session: StreamSession) => Promise<Result>): Promise<Result> {
    try {
      return await work(await this.opened());
    } catch (error) {
      throw error instanceof EventfoldError ? error : new StreamAwayError(this.stream.stream, error);
    }
  }

  /** All callers share one connection. After a failure the next caller tries again. */
  private opened(): Promise<StreamSession> {
    if (this.stopping) throw new Error('the process stops');
    this.session ??= this.open().catch((error: unknown) => {
      this.session = undefined;
      throw error;
    });
    return this.session;
  }

  private async open(): Promise<StreamSession> {
    const { database, options } = this.parts;
    const known = await selectLogEnd(database.statements, options.logEnd);
    if (known === undefined) await this.requireNothingFolded();
    return StreamSession.open(this.stream, known);
  }

  /** Without the table's row, nothing could tell whether the stream has the history that was folded. */
  private async requireNothingFolded(): Promise<void> {
    const { database, options } = this.parts;
    const table = options.qualified('projection_checkpoints');
    const folded = await selectFolded(database.statements, table);
    if (folded === 0) return;
    const fact = `log_end is empty, and projections have folded up to position ${folded}`;
    throw new WrongStreamError(this.stream.stream, fact);
  }

  private async leave(): Promise<void> {
    const { session } = this;
    this.session = undefined;
    await session?.then(
      (opened) => opened.close(),
      () => undefined,
    );
  }

  /** Follows the stream as long as the process runs. After a failure it connects anew, which compares the streams. */
  private async loop(): Promise<void> {
    for (let attempt = 1; !this.stopping; attempt++) {
      try {
        await this.inSession((session) => this.follow(session, () => (attempt = 0)));
      } catch (error) {
        if (this.stopping) return;
        this.tell(error as Error);
        await this.leave();
        await this.wakeUp.pause(backOffDelay(attempt + 1, 250), () => this.stopping);
      }
    }
  }

  private follow(session: StreamSession, following: () => void): Promise<void> {
    const { database, options, signal } = this.parts;
    const follower = new StreamFollower(session, this.wakeUp, {
      checkIntervalMs: options.notifications.checkIntervalMs,
      isStopping: () => this.stopping,
      moved: async (end) => {
        await advanceLogEnd(database.statements, options.logEnd, end);
        signal.raise();
      },
      isAbreast: () => {
        this.failure = undefined;
        following();
      },
    });
    return follower.run();
  }

  private tell(error: Error): void {
    if (this.failure?.message !== error.message) this.logger.warn(error.message);
    this.failure = error;
  }
}
