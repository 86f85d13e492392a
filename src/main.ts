import { Logger } from '@nestjs/common';
import { setFlagsFromString } from 'node:v8';
import { loadSettings } from './config/load-settings.js';
import { StartRefused } from './config/settings.js';
import { type Service, startService } from './service.js';

/** Longest time a stop may take, in ms; what hangs longer is cut off. */
const STOP_WITHIN_MS = 9_500;

// The heap may grow to three times what lives in it (45 MB) before all of it is collected. V8's own limit is so close
// that commands beside a rebuild met such a collection, which holds them up for 20 ms, every 3 s; so it is every 15 s.
setFlagsFromString('--heap-growing-percent=200');

/** Ends the wait for a database. */
const leaving = new AbortController();

try {
  const { settings } = await loadSettings();
  const starting = startService(settings, leaving.signal);
  // A signal during the start is kept until there is something to stop. A terminal and npm may both send theirs.
  let stopping: Promise<void> | undefined;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      stopping ??= stop(starting, signal);
    });
  }
  const { url } = await starting;
  new Logger('Eventfold').log(`Ready at ${url} - try ${url}/docs`);
} catch (error) {
  if (leaving.signal.aborted && error === leaving.signal.reason) process.exit(0);
  console.error(error instanceof StartRefused ? `Eventfold cannot start: ${error.message}` : error);
  process.exit(1);
}

async function stop(starting: Promise<Service>, signal: string): Promise<void> {
  const logger = new Logger('Eventfold');
  logger.log(`${signal}: finishing what is under way`);
  setTimeout(() => {
    logger.error('The stop took too long and was cut off');
    process.exit(1);
  }, STOP_WITHIN_MS);
  leaving.abort();
  const service = await starting.catch(() => undefined); // the reason is told above
  if (service === undefined) return;
  await service.stop();
  logger.log('Stopped');
  process.exit(0);
}
