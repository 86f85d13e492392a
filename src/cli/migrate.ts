import { DataSource } from 'typeorm';
import { migrate, pendingMigrations } from '../database/migrate.js';
import { ResolvedOptions } from '../event-sourcing/options.js';
import { withDatabase } from './application.js';
import type { Terminal } from './terminal/terminal.js';

interface MigrateOptions {
  check?: boolean;
  json?: boolean;
}

export function migrateSchema(terminal: Terminal, { check = false, json }: MigrateOptions): Promise<void> {
  return withDatabase(terminal, async (application) => {
    const { schema } = application.get(ResolvedOptions);
    const names = await (check ? pendingMigrations : migrate)(application.get(DataSource), schema);
    if (check && names.length > 0) terminal.exitCode = 1;
    const done = check ? 'pending' : 'applied';
    if (json) return terminal.json({ schema, [done]: names });
    await terminal.lines(names.map((name) => `${done}  ${name}`));
    if (check && names.length > 0) return;
    await terminal.line(terminal.colour('green', `The schema "${schema}" is up to date.`));
  });
}
