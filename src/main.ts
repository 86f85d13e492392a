import type { Logger } from '@nestjs/common';
import { setFlagsFromString } from 'node:v8';
import { StartRefused } from './service/config/start-refused.js';
import { endWithoutTerminal } from './service/life/lost-terminal.js';
import { ServiceLife } from './service/life/service-life.js';
import { onStopRequest } from './service/life/stop-request.js';

// The heap may grow to three times what lives in it (45 MB) before all of it is collected. V8's own limit is so close
// that commands beside a rebuild met such a collection, which holds them up for 20 ms, every 3 s; so it is every 15 s.
setFlagsFromString('--heap-growing-percent=200');

/** Loaded when requests to stop are heard already, as is all that takes time to load. */
let logger: Logger | undefined;

const life = new ServiceLife({
  ready: (url) => logger?.log(`Ready at ${url} - try ${url}/docs`),
  stopping: ({ message }) => logger?.log(`${message}: finishing what is under way`),
  stillStopping: (withinMs) => logger?.log(`Still stopping, within ${Math.ceil(withinMs / 1_000)} s at most`),
  stopped: () => logger?.log('Stopped'),
  failed: (error) =>
    console.error(error instanceof StartRefused ? `Eventfold cannot start: ${error.message}` : error),
});
onStopRequest((request) => life.stop(request));
endWithoutTerminal();

const exitCode = await life.live(async (signal) => {
  const nest = await import('@nestjs/common');
  logger = new nest.Logger('Eventfold');
  const { loadSettings } = await import('./service/config/load-settings.js');
  const { settings } = await loadSettings(); // what is wrong with them is said before all else is loaded
  const { startService } = await import('./service/service.js');
  return startService(settings, signal);
});
process.exit(exitCode);
