import { statesInWords } from '../../event-sourcing/projection/operate/projection-states.js';
import { CliCommand } from '../command.js';

export const statusCommand = (): CliCommand =>
  new CliCommand('status', 'Print how far projections are, and why one stands still')
    .option('-w, --watch', 'look again every second, until Ctrl-C')
    .json('what GET /projections answers, in one line; with --watch, a line for each look')
    .runs(async () => (await import('./status.js')).showStatus).manual(`\
status:
${STATES.join('\n')}

Examples:
  eventfold projections status
  eventfold projections status --watch
  eventfold projections status --json | jq '.items[] | select(.lagEvents > 0) | .name'`);

const STATES = statesInWords((state, meaning) => `  ${state.padEnd('standing-by'.length)}  ${meaning}`);
