import { catchUp } from './catch-up.js';
import { createLoad } from './load.js';
import type { Options } from './options.js';
import { catalogueFilms, registerUsers, sendViewing } from './phases.js';
import { printReport } from './report.js';
import { ServiceClient } from './service-client.js';
import type { Tally } from './tally.js';

/** Fills the service at `url` and prints what came of it. */
export async function simulate(
  url: string,
  options: Options,
  tally: Tally,
  stop: AbortSignal,
): Promise<void> {
  const load = createLoad({ ...options, until: new Date() });
  const client = new ServiceClient(url, stop, options.token);
  await catalogueFilms(load.films, client, tally);
  await registerUsers(load.users, client, tally);
  await sendViewing(load, options.rate, stop, { client, tally });
  await catchUp(client, load.users[0]!.userId, stop);
  await printReport(client, tally);
}
