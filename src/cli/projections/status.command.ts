import { CliCommand } from '../command.js';

export const statusCommand = (): CliCommand =>
  new CliCommand('status', 'How far projections are, and why one stands still')
    .option('-w, --watch', 'look again every second, until Ctrl-C')
    .json('what GET /projections answers, in one line; with --watch, a line each look')
    .runs(async () => (await import('./status.js')).showStatus).manual(`\
status:
  starting     its processes begin
  running      it folds, or has nothing to fold
  paused       by an operator
  retrying     its turns fail, and are tried again
  stopped      too many keys are parked
  blocked      a session of the database is in its way
  no-worker    no process runs it
  standing-by  the rows, or the next event, are of a newer build than the processes

Examples:
  eventfold projections status
  eventfold projections status --watch
  eventfold projections status --json | jq '.items[] | select(.lagEvents > 0) | .name'`);
