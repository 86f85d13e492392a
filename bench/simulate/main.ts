import { setMaxListeners } from 'node:events';
import { Interrupted, SimulationFailure, WrongUsage } from './failure.js';
import { findService, type Service } from './find-service.js';
import { HELP, readOptions, type Options } from './options.js';
import { startOwnService } from './own-service.js';
import { simulate } from './simulate.js';
import { count, LoadCounts } from './load-counts.js';

async function main(): Promise<void> {
  try {
    const options = readOptions(process.argv.slice(2), process.env);
    if (options === 'help') console.log(HELP);
    else await run(options);
  } catch (error) {
    process.exitCode = explain(error);
  }
}

async function run(options: Options): Promise<void> {
  const stop = new AbortController();
  let service: Service | undefined;
  setMaxListeners(0, stop.signal); // every request under way listens
  stopOnSignals(stop);
  try {
    service = await findService(options, () => startOwnService(stop), stop.signal);
    await fill(service, options, stop.signal);
  } catch (error) {
    if (!service) console.log('Nothing was sent.');
    throw stop.signal.aborted ? stop.signal.reason : error;
  } finally {
    stop.abort(); // a failure leaves requests under way
    await service?.stop();
  }
}

async function fill(service: Service, options: Options, stop: AbortSignal): Promise<void> {
  const counts = new LoadCounts();
  console.log(opening(service, options));
  try {
    await simulate(service.url, options, counts, stop);
  } catch (error) {
    console.log(counts.sentSentence());
    throw error;
  }
}

// Later signals are ignored: the end is under way, and bounded.
function stopOnSignals(stop: AbortController): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => stop.abort(new Interrupted(signal)));
  }
}

function opening(service: Service, { users, events, seed, rate }: Options): string {
  const pace = rate === undefined ? '' : ` at ${count(rate)}/s`;
  return `Sending ${count(users)} users and ${count(events)} viewing events${pace} (seed ${seed}) to ${service.description} at ${service.url}`;
}

function explain(error: unknown): number {
  if (!(error instanceof SimulationFailure)) {
    console.error(error);
    return 1;
  }
  console.error(error instanceof WrongUsage ? `simulate: ${error.message}` : error.message);
  return error.exitCode;
}

await main();
