import type { ProjectionStatus } from '../../event-sourcing/index.js';
import { DROP, PAUSE, type ProjectionAct, RESUME } from '../../operations/projection-acts.js';
import { CliCommand } from '../command.js';
import { paragraph } from '../terminal/paragraph.js';

/** The commands of acts that need only the name of a projection. An entry here makes the command of such an act. */
export const actCommands = (): CliCommand[] => [
  actCommand(PAUSE, {
    done: ({ name, position }) =>
      `${name} is paused at position ${position.toLocaleString('en')}. To go on: eventfold projections resume ${name}`,
    example: 'user-profile',
  }),
  actCommand(RESUME, {
    done: ({ name, position }) => `${name} goes on at position ${position.toLocaleString('en')}.`,
    example: 'user-profile',
  }),
  actCommand(DROP, {
    done: ({ name }) => `${name} is forgotten. Tables of its rows stay: drop them in a migration.`,
    example: 'daily-report',
  }),
];

/** The texts of a command beside those of its act. */
interface OwnTexts {
  /** The result in one line, for people. */
  done: (status: ProjectionStatus) => string;
  /** The name of a projection, for the example. */
  example: string;
}

const actCommand = (act: ProjectionAct, { done, example }: OwnTexts): CliCommand =>
  new CliCommand(act.name, act.summary)
    .argument('<name>', 'the name of the projection')
    .json('the projection, as GET /projections/<name> answers')
    .runs(async () => (await import('./act.js')).performing(act, done)).manual(`\
${paragraph(act.effect)}

Examples:
  eventfold projections ${act.name} ${example}`);
