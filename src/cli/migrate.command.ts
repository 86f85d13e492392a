import { Command, Help, Option } from 'nest-commander';
import { DataSource } from 'typeorm';
import { migrate, pendingMigrations } from '../database/migrate.js';
import { ResolvedOptions } from '../event-sourcing/options.js';
import { Application } from './application.js';
import { colour } from './terminal/colour.js';
import { EventfoldCommand } from './eventfold-command.js';
import { Output } from './terminal/output.js';

interface MigrateOptions {
  check?: boolean;
  json?: boolean;
}

@Command({ name: 'migrate', description: 'Bring the schema up to date, as the service does when it starts' })
export class MigrateCommand extends EventfoldCommand {
  constructor(
    private readonly application: Application,
    private readonly output: Output,
  ) {
    super();
  }

  run(_: string[], { check = false, json }: MigrateOptions): Promise<void> {
    return this.application.useDatabase(async (application) => {
      const dataSource = application.get(DataSource);
      const { schema } = application.get(ResolvedOptions);
      const names = await (check ? pendingMigrations : migrate)(dataSource, schema);
      if (check && names.length > 0) process.exitCode = 1;
      if (json) return this.output.line(JSON.stringify({ schema, [check ? 'pending' : 'applied']: names }));
      for (const name of names) await this.output.line(`${check ? 'pending' : 'applied'}  ${name}`);
      if (!check || names.length === 0) {
        await this.output.line(colour('green', `The schema "${schema}" is up to date.`));
      }
    });
  }

  @Option({ flags: '--check', description: 'only say what is pending; exit code 1 if something is' })
  parseCheck(): boolean {
    return true;
  }

  @Option({ flags: '--json', description: 'one JSON object: schema, and applied or pending' })
  parseJson(): boolean {
    return true;
  }

  @Help('after')
  help(): string {
    return `
Any number of them may run at once: one migrates, the others wait. Instances of the build before go on meanwhile.

Examples:
  eventfold migrate
  eventfold migrate --check && echo "nothing to do"
  DATABASE_URL=postgres://owner@db/events eventfold migrate      before the new build starts`;
  }
}
