import { DROP } from '../../operations/projection-acts.js';
import type { CliCommand } from '../command.js';
import { actCommand } from './act.command.js';

export const dropCommand = (): CliCommand =>
  actCommand(DROP, {
    done: ({ name }) => `${name} is forgotten. Tables of its rows stay: drop them in a migration.`,
    example: 'daily-report',
  });
