import { catalogueCommand, type Film } from './catalogue.js';
import type { Load } from './load.js';
import type { SimulatedUser } from './population.js';
import { forEachConcurrently, inBatches, paced } from './pace.js';
import { runPhase } from './progress.js';
import type { ServiceClient } from './service-client.js';
import { count, type LoadCounts } from './load-counts.js';

// The store commits appends in groups, so many small commands at once cost it little more than one.
const COMMANDS_AT_ONCE = 32;
const BATCHES_AT_ONCE = 4;
const BATCH_SIZE = 500;

export async function catalogueFilms(
  films: Film[],
  client: ServiceClient,
  counts: LoadCounts,
): Promise<void> {
  await runPhase('Films', films.length, async (phase) => {
    const before = counts.alreadyThere;
    await forEachConcurrently(films, COMMANDS_AT_ONCE, async (film) => {
      counts.noteCommand(await client.command(catalogueCommand(film)));
      counts.films += 1;
      phase.advance(1);
    });
    return `${count(counts.films)} catalogued${ofWhichThere(counts.alreadyThere - before)}`;
  });
}

/** Users act side by side. The commands of one user go one after the other. */
export async function registerUsers(
  users: SimulatedUser[],
  client: ServiceClient,
  counts: LoadCounts,
): Promise<void> {
  await runPhase('Users', users.length, async (phase) => {
    const before = { commands: counts.commands, alreadyThere: counts.alreadyThere };
    await forEachConcurrently(users, COMMANDS_AT_ONCE, async (user) => {
      for (const command of user.commands) counts.noteCommand(await client.command(command));
      counts.users += 1;
      phase.advance(1);
    });
    const commands = count(counts.commands - before.commands);
    return `${count(counts.users)} users, ${commands} commands${ofWhichThere(counts.alreadyThere - before.alreadyThere)}`;
  });
}

export async function sendViewing(
  load: Load,
  rate: number | undefined,
  stop: AbortSignal,
  { client, counts }: { client: ServiceClient; counts: LoadCounts },
): Promise<void> {
  await runPhase('Viewing events', load.viewingSize, async (phase) => {
    const start = performance.now();
    await forEachConcurrently(viewingBatches(load, rate, stop), BATCHES_AT_ONCE, async (events) => {
      counts.noteVerdicts(events, await client.sendViewingEvents(events));
      counts.viewingSeconds = (performance.now() - start) / 1000;
      phase.advance(events.length);
    });
    return counts.verdictSentence();
  });
}

/** With a given rate, it sends about ten batches a second, so the load is even and has no bursts. */
function viewingBatches(load: Load, rate: number | undefined, stop: AbortSignal) {
  if (rate === undefined) return inBatches(load.viewing(), BATCH_SIZE);
  const size = Math.min(Math.max(Math.ceil(rate / 10), 1), BATCH_SIZE);
  return paced(inBatches(load.viewing(), size), rate, stop);
}

function ofWhichThere(alreadyThere: number): string {
  return alreadyThere === 0 ? '' : ` (${count(alreadyThere)} already there from an earlier run)`;
}
