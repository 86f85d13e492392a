import type { RelayReport } from '../../event-sourcing/for-service.js';
import { Broker } from '../broker/broker.js';
import type { BrokerOptions } from '../broker/broker-options.js';
import { compare, requireNextFits } from './comparison.js';
import { RelayCondition } from './relay-condition.js';
import type { RelayLog } from './relay-log.js';
import type { ResolvedRelayOptions } from './relay-options.js';
import { RelayStream } from './relay-stream.js';

const NAME = 'eventfold relay status';

/** Compares the stream with the log, on a connection of its own. It makes no stream, and publishes nothing. */
export async function examineStream(
  cluster: BrokerOptions,
  options: ResolvedRelayOptions,
  log: RelayLog,
): Promise<RelayReport> {
  const condition = new RelayCondition(options.stream, () => undefined);
  condition.started();
  try {
    const broker = await Broker.connect(cluster, NAME);
    try {
      const stream = new RelayStream(broker, options);
      await stream.requireFit();
      const found = await compare(stream, log);
      condition.reached(found.place.position);
      await requireNextFits(stream, log, found);
      condition.compared(found);
    } finally {
      await broker.close();
    }
  } catch (error) {
    condition.failed(error as Error);
  }
  return condition.report;
}
