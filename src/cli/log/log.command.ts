import { CommandGroup } from '../command.js';
import { correctTimesCommand } from './correct-times.command.js';
import { findCommand } from './find.command.js';
import { tailCommand } from './tail.command.js';
import { verifyCommand } from './verify.command.js';

export const logCommand = (): CommandGroup =>
  new CommandGroup('log', 'All events, in order of position', [
    tailCommand(),
    findCommand(),
    verifyCommand(),
    correctTimesCommand(),
  ]).manual(`\
Examples:
  eventfold log tail -n 50                 the last 50 events
  eventfold log tail --type user.registered --follow
  eventfold log find --correlation 0b9d2a0e
  eventfold log verify --json              one JSON object, for a program`);
