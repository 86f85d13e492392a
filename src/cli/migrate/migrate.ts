import { migrate, pendingMigrations } from '../../service/database/migrate.js';
import { ResolvedOptions } from '../../event-sourcing/options.js';
import { selectMissing } from '../../event-sourcing/doctor/required-tables.js';
import { withDatabase } from '../application.js';
import { CommandFailure } from '../command-failure.js';
import { isForeignSchema } from '../foreign-log.js';
import { migrateHost } from './migrate-host.js';
import type { Terminal } from '../terminal/terminal.js';

interface MigrateOptions {
  check?: boolean;
}

export function migrateSchema(terminal: Terminal, { check = false }: MigrateOptions): Promise<void> {
  return withDatabase(terminal, async (application) => {
    if (application.isOfHost) return migrateHost(terminal, application, { check });
    const options = application.get(ResolvedOptions);
    const { schema } = options;
    if (await isForeignSchema(application)) {
      const missing = await selectMissing(application.dataSource, options);
      return foreignSchema(terminal, { schema, missing, check });
    }
    const names = await (check ? pendingMigrations : migrate)(application.dataSource, schema);
    if (check && names.length > 0) terminal.exitCode = 1;
    const done = check ? 'pending' : 'applied';
    await terminal.result({ schema, [done]: names }, () => [
      ...names.map((name) => `${done}  ${name}`),
      ...(check && names.length > 0
        ? []
        : [terminal.colour('green', `The schema "${schema}" is up to date.`)]),
    ]);
  });
}

/** Looks only at tables and functions, because an application notes its migrations in a table of its own. */
async function foreignSchema(
  terminal: Terminal,
  { schema, missing, check }: MigrateOptions & { schema: string; missing: string[] },
): Promise<void> {
  const owner = `The schema "${schema}" is migrated by the application that imports the package`;
  if (!check && missing.length > 0) {
    throw new CommandFailure(`${owner}: run its migrations. It lacks ${missing.join(', ')}.`);
  }
  if (missing.length > 0) terminal.exitCode = 1;
  await terminal.result({ schema, migratedBy: 'application', missing }, () =>
    missing.length > 0
      ? [...missing.map((name) => `missing  ${name}`), `${owner}: run its migrations.`]
      : [
          terminal.colour('green', `The schema "${schema}" has all that this version needs.`),
          `${owner}; which of its migrations are pending was not checked.`,
        ],
  );
}
