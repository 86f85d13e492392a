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

try {
  const { settings } = await loadSettings();
  const starting = startService(settings);
  // A signal during the start is kept until there is something to stop. A terminal and npm may both send theirs.
  let stopping: Promise<never> | undefined;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      stopping ??= stop(starting, signal);
    });
  }
  const { url } = await starting;
  new Logger('Eventfold').log(`Ready at ${url} - try ${url}/docs`);
} catch (error) {
  console.error(error instanceof StartRefused ? `Eventfold cannot start: ${error.message}` : error);
  process.exit(1);
}

async function stop(starting: Promise<Service>, signal: string): Promise<never> {
  const logger = new Logger('Eventfold');
  logger.log(`${signal}: finishing what is under way`);
  setTimeout(() => {
    logger.error('The stop took too long and was cut off');
    process.exit(1);
  }, STOP_WITHIN_MS);
  await (await starting).stop();
  logger.log('Stopped');
  process.exit(0);
}
