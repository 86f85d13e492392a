import { CANCEL_TIMER, EXAMPLE_TIMER, MOVE } from '../../operations/timer-acts.js';
import { CliCommand } from '../command.js';
import { paragraph } from '../terminal/paragraph.js';

const JSON_OF_TIMER = 'the timer, as POST /timers/<id>/... answers';

export const actCommands = (): CliCommand[] => [moveCommand(), cancelCommand()];

const moveCommand = (): CliCommand =>
  new CliCommand('move', MOVE.summary)
    .argument('<id>', 'the id of the timer')
    .argument('<when>', 'a time with its offset from UTC, or a duration from now')
    .json(JSON_OF_TIMER)
    .runs(async () => (await import('./act.js')).moveTimer).manual(`\
${paragraph(MOVE.effect)}

Examples:
  eventfold timers move ${EXAMPLE_TIMER} 2026-01-31T20:15:00Z
  eventfold timers move ${EXAMPLE_TIMER} 1h30m
  eventfold timers move ${EXAMPLE_TIMER} 0s      now`);

const cancelCommand = (): CliCommand =>
  new CliCommand('cancel', CANCEL_TIMER.summary)
    .argument('<id>', 'the id of the timer')
    .json(JSON_OF_TIMER)
    .runs(async () => (await import('./act.js')).cancelTimer).manual(`\
${paragraph(CANCEL_TIMER.effect)}

Examples:
  eventfold timers list --name payment-due
  eventfold timers cancel ${EXAMPLE_TIMER}`);
