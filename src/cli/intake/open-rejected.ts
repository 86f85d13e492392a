import { Broker, BROKER } from '../../jetstream/broker/broker.js';
import type { BrokerOptions } from '../../jetstream/broker/broker-options.js';
import { INTAKE_OPTIONS, type ResolvedIntakeOptions } from '../../jetstream/intake/intake-options.js';
import { RejectedMessages } from '../../jetstream/intake/rejected-messages.js';
import { hasHost, withDatabase } from '../application.js';
import { CommandFailure } from '../command-failure.js';
import { brokerSettings } from '../service-application.js';
import type { Terminal } from '../terminal/terminal.js';

/** Where rejected messages are. */
interface Place {
  broker: BrokerOptions;
  prefix: string;
}

/**
 * Opens the rejected messages of the service or of a host, for one piece of work.
 *
 * @param work is given undefined when no message was ever rejected
 * @throws CommandFailure when no broker is configured, or none answers
 */
export async function withRejected(
  terminal: Terminal,
  work: (rejected: RejectedMessages | undefined) => Promise<void>,
): Promise<void> {
  const { broker: options, prefix } = await placeOf(terminal);
  const broker = await Broker.connect(options, 'eventfold').catch((cause: Error) => {
    throw new CommandFailure(`the JetStream cluster does not answer: ${cause.message}`, 1, { cause });
  });
  try {
    await work(await RejectedMessages.open(broker, prefix));
  } finally {
    await broker.close();
  }
}

async function placeOf(terminal: Terminal): Promise<Place> {
  if (!(await hasHost(terminal))) return placeOfService(terminal);
  return withDatabase(terminal, async (store) => {
    const broker = store.find(BROKER) as BrokerOptions | undefined;
    const options = store.find(INTAKE_OPTIONS) as ResolvedIntakeOptions | undefined;
    if (broker !== undefined && options !== undefined) return { broker, prefix: options.prefix };
    throw new CommandFailure(
      'the application takes no messages in: give JetStreamModule.forRoot an intake.',
      2,
    );
  });
}

async function placeOfService(terminal: Terminal): Promise<Place> {
  const { JETSTREAM_URL, JETSTREAM_CREDS, RELAY_PREFIX } = await brokerSettings(terminal);
  if (JETSTREAM_URL === undefined) {
    throw new CommandFailure('JETSTREAM_URL is not set: it says where the JetStream cluster is.', 2);
  }
  return { broker: { servers: JETSTREAM_URL, credentials: JETSTREAM_CREDS }, prefix: RELAY_PREFIX };
}
