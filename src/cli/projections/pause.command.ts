import { PAUSE } from '../../operations/projection-acts.js';
import type { CliCommand } from '../command.js';
import { actCommand } from './act.command.js';

export const pauseCommand = (): CliCommand =>
  actCommand(PAUSE, {
    done: ({ name, position }) =>
      `${name} is paused at position ${position.toLocaleString('en')}. To go on: eventfold projections resume ${name}`,
    example: 'user-profile',
  });
