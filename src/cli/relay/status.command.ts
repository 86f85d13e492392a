import { RELAY_STATES } from '../../event-sourcing/relay/relay-states.js';
import { CliCommand } from '../command.js';

export const statusCommand = (): CliCommand =>
  new CliCommand('status', 'Compare the stream with the log, and print how far it has the log')
    .json('what GET /relay answers')
    .runs(async () => (await import('./status.js')).showRelay).manual(`\
The command looks at the stream itself, by JETSTREAM_URL and RELAY_* of the service, or the options of the application.
It does not know whether a process relays: a lag that grows shows that none does. It publishes nothing. It ends with
exit code 1 when the stream has diverged.

state:
${STATES.join('\n')}

Examples:
  eventfold relay status
  eventfold relay status --json | jq .lagSeconds`);

const WIDTH = Math.max(...Object.keys(RELAY_STATES).map(({ length }) => length));
const STATES = Object.entries(RELAY_STATES).map(([state, meaning]) => `  ${state.padEnd(WIDTH)}  ${meaning}`);
