import type { Msg } from '@nats-io/transport-node';
import { WakeUp } from '../../event-sourcing/for-service.js';
import { CE_ID } from '../message/event-message.js';
import type { LogEnd } from './log-end.sql.js';
import { MessageFlow } from './message-flow.js';
import { WrongStreamError } from './remote-errors.js';
import type { StreamSession } from './stream-session.js';

/** The header with the time of the event. */
const CE_TIME = 'ce-time';
/** Pause between two moves of the known end, in ms: a busy stream moves it together for several events. */
const PAUSE_MS = 10;

export interface FollowOptions {
  /** How often the stream is asked for its end, in ms, in case that a message has not arrived. */
  checkIntervalMs: number;
  /** Called when the stream has newer events. */
  moved: (end: LogEnd) => Promise<void>;
  /** Called when the stream has answered, and all that it has is told. */
  isAbreast: () => void;
  isStopping: () => boolean;
}

/** Tells where a stream ends: by a consumer that gets the headers of new messages, and by asking now and then. */
export class StreamFollower {
  private end: LogEnd | undefined;
  private told = 0;

  constructor(
    private readonly session: StreamSession,
    private readonly wakeUp: WakeUp,
    private readonly options: FollowOptions,
  ) {}

  /** @throws WrongStreamError, and errors of the client: then it is over */
  async run(): Promise<void> {
    const { checkIntervalMs, isStopping } = this.options;
    const flow = await MessageFlow.open(this.session.broker, this.session.stream, {
      start: 'last',
      headersOnly: true,
      take: (message, sequence) => this.take(message, sequence),
      hasRoom: () => true,
    });
    try {
      while (!isStopping()) {
        await this.wakeUp.wait(checkIntervalMs);
        if (this.end !== undefined && this.end.position > this.told) await this.tell(this.end);
        else if (!isStopping()) await this.check();
      }
    } finally {
      flow.close();
    }
  }

  private take({ headers }: Msg, sequence: number): void {
    this.end = {
      position: sequence + this.session.layout.offset,
      eventId: headers?.get(CE_ID) ?? '',
      timestamp: new Date(headers?.get(CE_TIME) ?? ''),
    };
    this.wakeUp.ring();
  }

  private async tell(end: LogEnd): Promise<void> {
    if (end.eventId === '') {
      throw new WrongStreamError(this.session.stream, `its message at position ${end.position} is no event`);
    }
    await this.options.moved(end);
    this.told = end.position;
    this.options.isAbreast();
    await this.wakeUp.pause(PAUSE_MS, this.options.isStopping);
  }

  private async check(): Promise<void> {
    const { session } = this;
    session.closeIdle();
    const last = session.lastOf(await session.info());
    if (last < this.told) {
      throw new WrongStreamError(session.stream, `it ends at position ${last}, and had ${this.told}`);
    }
    if (last > (this.end?.position ?? session.layout.offset)) throw new Error('new messages do not arrive');
    this.options.isAbreast();
  }
}
