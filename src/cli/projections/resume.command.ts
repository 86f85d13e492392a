import { RESUME } from '../../operations/projection-acts.js';
import type { CliCommand } from '../command.js';
import { actCommand } from './act.command.js';

export const resumeCommand = (): CliCommand =>
  actCommand(RESUME, {
    done: ({ name, position }) => `${name} goes on at position ${position.toLocaleString('en')}.`,
    example: 'user-profile',
  });
