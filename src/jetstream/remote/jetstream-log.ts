import { resolveOptions, type SourceParts } from '../../event-sourcing/for-service.js';
import type { OpenLog } from '../../event-sourcing/index.js';
import { StreamLog } from './stream-log.js';
import { type JetStreamLogOptions, type ResolvedStream, STREAM_RULES } from './stream-options.js';

/**
 * The log for `EventSourcingModule.forRoot({ log })` of a process whose database has none: projections fold the events
 * of a stream that a relay fills. Rows and checkpoints are in the database of the data source.
 *
 * @throws InvalidOptionsError
 */
export function jetstreamLog(options: JetStreamLogOptions): OpenLog {
  const resolved = resolveOptions(options, STREAM_RULES, 'jetstreamLog') as ResolvedStream;
  return (parts: SourceParts) => new StreamLog(resolved, parts);
}
