import { CliCommand } from '../command.js';

export const migrateCommand = (): CliCommand =>
  new CliCommand('migrate', 'Bring the schema up to date, as the service does when it starts')
    .option('--check', 'only print the pending migrations; exit code 1 if there is one')
    .json(
      'one JSON object: schema, and applied or pending; or migratedBy and missing, with --app all of them',
    )
    .runs(async () => (await import('./migrate.js')).migrateSchema).manual(`\
The command may run several times at once: one run migrates, the others wait. Instances of the build before go on
meanwhile.

An application migrates its schema by itself (migrationsFor). Without --app the command only checks that such a schema
has the tables and functions that this version needs. With --app it runs the migrations that the data source of the
application lists, and --check only prints the pending ones.

Examples:
  eventfold migrate
  eventfold migrate --check && echo "nothing to do"
  DATABASE_URL=postgres://owner@db/events eventfold migrate      before the new build starts
  eventfold --app ./dist/app.module.js migrate --check           the migrations of your application`);
