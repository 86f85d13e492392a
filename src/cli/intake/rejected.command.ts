import { CommandGroup } from '../command.js';
import { listCommand } from './list.command.js';
import { resendCommand } from './resend.command.js';

export const rejectedCommand = (): CommandGroup =>
  new CommandGroup('rejected', 'Messages that could not be taken into the log: list, resend', [
    listCommand(),
    resendCommand(),
  ]).manual(`\
They are in a JetStream stream of their own, on the subject <RELAY_PREFIX>.rejected, until they are sent again.

${WHERE}

Examples:
  eventfold intake rejected list
  eventfold intake rejected list --json | jq -r 'select(.sequence == 17).body' > mended.json
  eventfold intake rejected resend 17 --data mended.json`);

/** How the commands find the broker. */
const WHERE = `\
The broker is that of the service, by the environment or .env in the working directory:
  JETSTREAM_URL     nodes of the cluster
  JETSTREAM_CREDS   a credentials file, if it needs one
  RELAY_PREFIX      eventfold
For an application, it is that of its JetStreamModule.`;
