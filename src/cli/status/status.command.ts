import { CliCommand } from '../command.js';

export const statusCommand = (): CliCommand =>
  new CliCommand('status', 'Print what is wrong, the worst first, with the cure; and the processes')
    .option('-w, --watch', 'look again every 2 seconds, until Ctrl-C')
    .json(
      'verdict, log, projections and processes as GET /overview answers; with --watch, a line for each look',
    )
    .runs(async () => (await import('./status.js')).showStatus).manual(`\
The verdict is on the log, the projections and the relay, by the database and the stream of the relay. Only the service
itself knows its intake, its replicas and its rates: GET /overview. It ends with exit code 1 when a finding is an alarm.

Examples:
  eventfold status
  eventfold status --watch
  eventfold status --json | jq -r '.verdict.findings[] | .title + ": " + .cure'`);
