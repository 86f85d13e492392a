import { CommandGroup } from '../command.js';
import { correctTimesCommand } from './correct-times.command.js';
import { tailCommand } from './tail.command.js';
import { verifyCommand } from './verify.command.js';

export const logCommand = (): CommandGroup =>
  new CommandGroup('log', 'All events, in order of position', [
    tailCommand(),
    verifyCommand(),
    correctTimesCommand(),
  ]).manual(`\
Examples:
  eventfold log tail -n 50                 the last 50 events
  eventfold log tail --type user.registered --follow
  eventfold log verify --json              one JSON object, for a program`);
