import { Inject, Injectable } from '@nestjs/common';
import { BROKER } from '../broker/broker.js';
import type { BrokerOptions } from '../broker/broker-options.js';
import type { BackgroundPart } from '../part.js';
import { RELAY_OPTIONS, type ResolvedRelayOptions } from './relay-options.js';

/** Publishes the log to a stream. */
@Injectable()
export class Relay implements BackgroundPart {
  constructor(
    @Inject(BROKER) readonly broker: BrokerOptions,
    @Inject(RELAY_OPTIONS) readonly options: ResolvedRelayOptions,
  ) {}

  start(): void {}

  async stop(): Promise<void> {}
}
