import { MAX_REASON } from '../../operations/parked-key-acts.js';
import { SEND_INPUT } from '../../operations/process-acts.js';
import { CliCommand } from '../command.js';
import { jsonObject, shortText } from '../option-value.js';
import { paragraph } from '../terminal/paragraph.js';

export const sendCommand = (): CliCommand =>
  new CliCommand(SEND_INPUT.name, SEND_INPUT.summary)
    .argument('<name>', 'the name of the process manager')
    .argument('<key>', 'the key of the process')
    .argument('<type>', 'the stored type of an event that the process manager handles')
    .value('--data <json>', 'the data of the event, with the key of the process (default: {})', jsonObject())
    .value('--reason <text>', 'why, for its stream and the log of operations', shortText(MAX_REASON))
    .json('one JSON object: the stream of the process, and the id of the event in it')
    .runs(async () => (await import('./act.js')).sendInput).manual(`\
${paragraph(`${SEND_INPUT.effect} A process that runs projections handles it.`)}

Examples:
  eventfold processes send checkout o-17 order.paid --data '{"orderId":"o-17","totalCents":4900}' \\
    --reason 'The bank has confirmed it by telephone'`);
