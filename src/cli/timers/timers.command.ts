import { EXAMPLE_TIMER } from '../../operations/timer-acts.js';
import { CommandGroup } from '../command.js';
import { actCommands } from './act.command.js';
import { listCommand } from './list.command.js';

export const timersCommand = (): CommandGroup =>
  new CommandGroup('timers', 'Events that are appended when they are due: list, move, cancel', [
    listCommand(),
    ...actCommands(),
  ]).manual(`\
Examples:
  eventfold timers list --state failed
  eventfold timers move ${EXAMPLE_TIMER} 2026-01-31T20:15:00Z
  eventfold timers cancel ${EXAMPLE_TIMER}`);
