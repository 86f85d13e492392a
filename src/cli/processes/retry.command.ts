import { RETRY_PROCESS } from '../../operations/process-acts.js';
import { CliCommand } from '../command.js';
import { paragraph } from '../terminal/paragraph.js';

export const retryCommand = (): CliCommand =>
  new CliCommand(RETRY_PROCESS.name, RETRY_PROCESS.summary)
    .argument('<name>', 'the name of the process manager')
    .argument('<key>', 'the key of the process')
    .json('one JSON object: the process afterwards, as in GET /processes')
    .runs(async () => (await import('./act.js')).retryProcess).manual(`\
${paragraph(`${RETRY_PROCESS.effect} Exit code 1 if its key is still parked.`)}

Examples:
  eventfold processes list --state stuck
  eventfold processes retry checkout o-17`);
