import { CliCommand } from '../command.js';
import { wholeNumber } from '../option-value.js';

export const resendCommand = (): CliCommand =>
  new CliCommand('resend', 'Send a rejected message again to its subject, mended or as it was')
    .argument('<sequence>', 'its number in the list')
    .requires((_options, sequence: string) =>
      SEQUENCE.parse(sequence) === undefined
        ? `<sequence> is "${sequence}": it must be ${SEQUENCE.rule}`
        : undefined,
    )
    .option('--data <file>', 'the file with the mended body (default: the body as it was)')
    .json('one JSON object: sequence, subject, stream, and streamSequence, its new place there')
    .runs(async () => (await import('./resend.js')).resendRejected).manual(`\
The intake takes the message like any other, and the list does not have it any more. If it is still wrong, it is
rejected again, with a new sequence. The message keeps its event id, so that sent twice it is taken once.

Examples:
  eventfold intake rejected resend 17                        after the application was mended
  eventfold intake rejected list --json | jq -r 'select(.sequence == 17).body' > mended.json
  eventfold intake rejected resend 17 --data mended.json     after the file was edited`);

const SEQUENCE = wholeNumber(1);
