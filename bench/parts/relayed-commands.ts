import type { Broker } from '../../src/jetstream/broker/broker.js';
import { HotUsers, registerUsers } from '../http/hot-users.js';
import { paced } from '../http/paced.js';
import { withService } from '../http/service-process.js';
import { inTurn } from '../measure.js';
import type { Figures, Measurement } from '../figures.js';
import type { PartContext } from '../part.js';
import type { Claim } from '../report/claim.js';
import { withDatabase } from '../server.js';

const USERS = 100;
const PER_SECOND = 200;
const WARM_UP_S = 5;
/** A p99 needs thousands of commands. */
const SECONDS = 20;
const STREAM = 'EVENTFOLD_BENCH_COMMANDS';
const WORK = `${PER_SECOND} commands/s over HTTP`;
const OFF = 'relay off';
const ON = 'relay on';

export const relayedCommandsClaim: Claim = { work: WORK, of: ON, against: OFF, figure: 'p99', atMost: 1.1 };

/**
 * The latency of commands at a service that relays its log, and at one that does not. Each has a database of its own,
 * only one runs at a time, and the broker runs all the time.
 */
export async function measureRelayedCommands(
  context: PartContext,
  { streams }: Broker,
  servers: string,
): Promise<Measurement[]> {
  await streams.streams.delete(STREAM).catch(() => false); // one that an earlier run has left
  const measurements = await withDatabase(context.url, 'eventfold_bench_relay_off', (withoutRelay) =>
    withDatabase(context.url, 'eventfold_bench_relay_on', (withRelay) =>
      inTurn(
        context,
        { work: WORK, unit: 'commands/s' },
        {
          [OFF]: () => commandsAt(context, { DATABASE_URL: withoutRelay }),
          [ON]: () =>
            commandsAt(context, {
              DATABASE_URL: withRelay,
              JETSTREAM_URL: servers,
              RELAY: 'on',
              RELAY_STREAM: STREAM,
              RELAY_PREFIX: 'bench_commands',
            }),
        },
      ),
    ),
  );
  await streams.streams.delete(STREAM);
  return measurements;
}

function commandsAt(context: PartContext, environment: NodeJS.ProcessEnv): Promise<Figures> {
  return withService('src/main.js', { PROJECTIONS: 'on', ...environment }, async (url) => {
    const users = new HotUsers(url, await registerUsers(url, USERS), context.stop);
    const commandsFor = (seconds: number) =>
      paced(
        context,
        { perSecond: PER_SECOND, isOver: (elapsedMs) => elapsedMs >= seconds * 1_000 },
        async (nth, due) => {
          await users.change(nth);
          return performance.now() - due;
        },
      );
    await commandsFor(WARM_UP_S);
    return commandsFor(SECONDS);
  });
}
