import { RETRY, RETRY_ALL } from '../../operations/parked-key-acts.js';
import { CliCommand } from '../command.js';
import { asPhrase, paragraph } from '../terminal/paragraph.js';
import { EXAMPLE_USER } from '../../api/example-user.js';

export const retryCommand = (): CliCommand =>
  new CliCommand(RETRY.name, `${RETRY.summary}. Exit code 1 if a key stays parked`)
    .argument('<projection>', 'the name of the projection')
    .argument('[key]', 'the parked key; or give --all')
    .option('--all', asPhrase(RETRY_ALL.summary))
    .requires(({ all = false }: { all?: boolean }, _projection, key?: string) =>
      all === (key !== undefined) ? 'give either one key or --all' : undefined,
    )
    .json('a line of JSON for each key: key, folded, and parked if it still is')
    .runs(async () => (await import('./retry.js')).retryParked).manual(`\
${paragraph(RETRY.effect)}

Examples:
  eventfold parked retry user-profile ${EXAMPLE_USER.id}
  eventfold parked retry user-profile --all
  eventfold parked retry user-profile --all --json | jq 'select(.parked)'
  eventfold parked retry user-profile -- -a-key-with-a-dash`);
