import { Command, Help } from 'nest-commander';
import { CommandGroup } from '../eventfold-command.js';
import { LogTailCommand } from './tail.command.js';
import { LogVerifyCommand } from './verify.command.js';

@Command({
  name: 'log',
  description: 'All events, in order of position',
  subCommands: [LogTailCommand, LogVerifyCommand],
})
export class LogCommand extends CommandGroup {
  @Help('after')
  help(): string {
    return `
Examples:
  eventfold log tail -n 50                 the last 50 events
  eventfold log tail --type user.registered --follow
  eventfold log verify --json              one JSON object, for a program`;
  }
}
