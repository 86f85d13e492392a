import { catchUp } from './catch-up.js';
import { createLoad } from './load.js';
import type { Options } from './options.js';
import { catalogueFilms, registerUsers, sendViewing } from './phases.js';
import { printReport } from './report.js';
import { ServiceClient } from './service-client.js';
import type { LoadCounts } from './load-counts.js';

/** Fills the service at `url` and prints the result. */
export async function simulate(
  url: string,
  options: Options,
  counts: LoadCounts,
  stop: AbortSignal,
): Promise<void> {
  const load = createLoad({ ...options, until: new Date() });
  const client = new ServiceClient(url, stop, options.token);
  await catalogueFilms(load.films, client, counts);
  await registerUsers(load.users, client, counts);
  await sendViewing(load, options.rate, stop, { client, counts });
  await catchUp(client, load.users[0]!.userId, stop);
  await printReport(client, counts);
}
