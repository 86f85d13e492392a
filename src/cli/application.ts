import { ResolvedOptions } from '../event-sourcing/options.js';
import type { SettingName } from '../service/config/settings.js';
import { CommandFailure } from './command-failure.js';
import { locateApp } from './host/app-location.js';
import type { OpenStore } from './open-store.js';
import { asSystemUser } from './system-user.js';
import type { Terminal } from './terminal/terminal.js';

/** A piece of work on an event store. Its application neither folds nor listens. */
type Work<Result> = (store: OpenStore) => Promise<Result>;

/**
 * Opens the application for one piece of work on its log.
 *
 * @param names settings of the service that matter besides those of its log
 * @throws CommandFailure when it cannot be opened, or has no log to work on
 * @throws StartRefused when the service has no log to work on
 */
export function withLog<Result>(
  terminal: Terminal,
  work: Work<Result>,
  names: readonly SettingName[] = [],
): Promise<Result> {
  const onLog: Work<Result> = async (store) => {
    await requireLog(store);
    return asSystemUser(() => work(store));
  };
  return withDatabase(terminal, onLog, names);
}

/** Like `withLog`, but the database may have no log yet. It loads the service or the host, never both. */
export async function withDatabase<Result>(
  terminal: Terminal,
  work: Work<Result>,
  names: readonly SettingName[] = [],
): Promise<Result> {
  if (await hasHost(terminal)) return (await import('./host/host-application.js')).withHost(terminal, work);
  return (await import('./service-application.js')).withService(terminal, work, names);
}

/** Whether the commands work on an application that imports the package, and not on the service. */
export const hasHost = async (terminal: Terminal): Promise<boolean> =>
  terminal.rootModule !== undefined || (await locateApp(terminal)) !== undefined;

async function requireLog(store: OpenStore): Promise<void> {
  const options = store.get(ResolvedOptions);
  const sql = 'select to_regclass($1) is not null as found';
  const [row] = await store.dataSource.query<{ found: boolean }[]>(sql, [options.qualified('events')]);
  if (row?.found) return;
  const another = store.isOfHost ? 'EventSourcingModule.forRoot({ schema })' : 'DATABASE_SCHEMA';
  throw new CommandFailure(
    `the database has no event log in schema "${options.schema}": ` +
      `create it with "eventfold migrate", or name another with ${another}.`,
  );
}
