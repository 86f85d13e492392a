import { MAX_REASON, SKIP } from '../../operations/parked-key-acts.js';
import { CliCommand } from '../command.js';
import { shortText } from '../option-value.js';
import { paragraph } from '../terminal/paragraph.js';
import { EXAMPLE_USER } from '../../api/example-user.js';

export const skipCommand = (): CliCommand =>
  new CliCommand(SKIP.name, SKIP.summary)
    .argument('<projection>', 'the name of the projection')
    .argument('<key>', 'the parked key')
    .value('--reason <text>', 'why, for the log of operations', shortText(MAX_REASON))
    .json('one JSON object: key, folded, and parked if it still is')
    .runs(async () => (await import('./skip.js')).skipParked).manual(`\
${paragraph(`${SKIP.effect} Exit code 1 if the key is then parked at a later event.`)}

Examples:
  eventfold parked list user-profile --json | jq '.items[0].event'      what would be left out?
  eventfold parked skip user-profile ${EXAMPLE_USER.id}`);
