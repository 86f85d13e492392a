import { CliCommand } from '../command.js';

export const migrateCommand = (): CliCommand =>
  new CliCommand('migrate', 'Bring the schema up to date, as the service does when it starts')
    .option('--check', 'only say what is pending; exit code 1 if something is')
    .json(
      'one JSON object: schema, and applied or pending; or migratedBy and missing, with --app all of them',
    )
    .runs(async () => (await import('./migrate.js')).migrateSchema).manual(`\
Any number of them may run at once: one migrates, the others wait. Instances of the build before go on meanwhile.

A schema that the migrations of an application have made (migrationsFor) is left to them: it is only checked for tables and
functions that this version needs. With --app they are those of its data source: --check says which are pending, and without it
they run.

Examples:
  eventfold migrate
  eventfold migrate --check && echo "nothing to do"
  DATABASE_URL=postgres://owner@db/events eventfold migrate      before the new build starts
  eventfold --app ./dist/app.module.js migrate --check           the migrations of your application`);
