import type { StreamInfo } from '@nats-io/jetstream';
import type { Broker } from '../broker/broker.js';
import type { StreamLayout } from '../relay/stream-settings.js';
import { WrongStreamError } from './remote-errors.js';

/** A stream on one connection, which was compared with what the database knows of it. */
export class ComparedStream {
  /** @param created when the stream was made, by which another one of the same name is told apart */
  protected constructor(
    readonly broker: Broker,
    readonly stream: string,
    readonly layout: StreamLayout,
    private readonly created: string,
  ) {}

  /** @throws WrongStreamError when it is no longer the stream that was compared */
  async info(): Promise<StreamInfo> {
    const info = await this.broker.streams.streams.info(this.stream);
    if (info.created === this.created) return info;
    throw new WrongStreamError(this.stream, `it was removed, and made again at ${info.created}`);
  }
}
