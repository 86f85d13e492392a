import type { ProjectionStatus } from '../../event-sourcing/index.js';
import type { ProjectionAct } from '../../operations/projection-acts.js';
import { CliCommand } from '../command.js';
import { paragraph } from '../terminal/paragraph.js';

/** What a command says beside the texts of its act. */
interface OwnTexts {
  /** What has happened, for people, in one line. */
  done: (status: ProjectionStatus) => string;
  /** The name of a projection, for the example. */
  example: string;
}

/** The command of an act that needs no more than the name of a projection. */
export const actCommand = (act: ProjectionAct, { done, example }: OwnTexts): CliCommand =>
  new CliCommand(act.name, act.summary)
    .argument('<name>', 'of the projection')
    .json('the projection, as GET /projections/<name> answers')
    .runs(async () => (await import('./act.js')).performing(act, done)).manual(`\
${paragraph(act.effect)}

Examples:
  eventfold projections ${act.name} ${example}`);
