import { Injectable } from '@nestjs/common';
import { EventEmitter } from 'node:events';

/**
 * "The log has grown", inside this process. The event store and the LISTEN connection raise it; projections wake up. It
 * is a hint that may be lost or come too often: use it for speed only.
 */
@Injectable()
export class LogSignal {
  private readonly emitter = new EventEmitter().setMaxListeners(0);

  raise(): void {
    this.emitter.emit('grown');
  }

  /** Returns the function that ends the subscription. */
  subscribe(listener: () => void): () => void {
    this.emitter.on('grown', listener);
    return () => this.emitter.off('grown', listener);
  }
}
