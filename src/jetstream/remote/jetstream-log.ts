import { resolveOptions, type Rule, type SourceParts } from '../../event-sourcing/for-service.js';
import type { OpenLog } from '../../event-sourcing/index.js';
import { BROKER_RULES, type BrokerOptions } from '../broker/broker-options.js';
import { STREAM_NAME } from '../relay/relay-options.js';
import { StreamLog } from './stream-log.js';

/** The stream of a relay, from which a process without a log takes its events. */
export interface JetStreamLogOptions extends BrokerOptions {
  /** The name of the stream. Default: `EVENTFOLD`. */
  stream?: string | undefined;
}

export type ResolvedStream = BrokerOptions & { stream: string };

const RULES: Record<keyof JetStreamLogOptions, Rule> = {
  ...BROKER_RULES,
  stream: { ...STREAM_NAME, byDefault: 'EVENTFOLD' },
};

/**
 * The log for `EventSourcingModule.forRoot({ log })` of a process whose database has none: projections fold the events
 * of a stream that a relay fills. Rows and checkpoints are in the database of the data source.
 *
 * @throws InvalidOptionsError
 */
export function jetstreamLog(options: JetStreamLogOptions): OpenLog {
  const resolved = resolveOptions(options, RULES, 'jetstreamLog') as ResolvedStream;
  return (parts: SourceParts) => new StreamLog(resolved, parts);
}
