import type { Rule } from '../../event-sourcing/for-service.js';
import { BROKER_RULES, type BrokerOptions } from '../broker/broker-options.js';
import { STREAM_NAME } from '../relay/relay-options.js';

/** The stream of a relay, from which a process without a log takes its events. */
export interface JetStreamLogOptions extends BrokerOptions {
  /** The name of the stream. Default: `EVENTFOLD`. */
  stream?: string | undefined;
}

export type ResolvedStream = BrokerOptions & { stream: string };

export const STREAM_RULES: Record<keyof JetStreamLogOptions, Rule> = {
  ...BROKER_RULES,
  stream: { ...STREAM_NAME, byDefault: 'EVENTFOLD' },
};
