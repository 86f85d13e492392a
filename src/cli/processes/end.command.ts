import { MAX_REASON } from '../../operations/parked-key-acts.js';
import { END_PROCESS } from '../../operations/process-acts.js';
import { CliCommand } from '../command.js';
import { shortText } from '../option-value.js';
import { paragraph } from '../terminal/paragraph.js';

export const endCommand = (): CliCommand =>
  new CliCommand(END_PROCESS.name, END_PROCESS.summary)
    .argument('<name>', 'the name of the process manager')
    .argument('<key>', 'the key of the process')
    .value('--reason <text>', 'why, for its stream and the log of operations', shortText(MAX_REASON))
    .json('one JSON object: the process, as in GET /processes; it may still end')
    .runs(async () => (await import('./act.js')).endProcess).manual(`\
${paragraph(`${END_PROCESS.effect} A process that runs projections ends it.`)}

Examples:
  eventfold processes end checkout o-17 --reason 'Refunded by hand'`);
