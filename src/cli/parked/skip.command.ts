import { Help, Option, SubCommand } from 'nest-commander';
import { ProjectionOperations } from '../../event-sourcing/index.js';
import { Application } from '../application.js';
import { EventfoldCommand } from '../eventfold-command.js';
import { Output } from '../terminal/output.js';
import { outcomeJson, parkedOutcome } from './parked-outcome.js';

@SubCommand({
  name: 'skip',
  arguments: '<projection> <key>',
  argsDescription: { projection: 'its name', key: 'that is parked' },
  description: 'Leave out the event that a parked key stands at, and fold what waits behind it',
})
export class ParkedSkipCommand extends EventfoldCommand {
  constructor(
    private readonly application: Application,
    private readonly output: Output,
  ) {
    super();
  }

  run([projection, key]: [string, string], { json }: { json?: boolean }): Promise<void> {
    return this.application.use(async (application) => {
      const outcome = await application.get(ProjectionOperations).skip(projection, key);
      await this.output.line(json ? outcomeJson(outcome) : parkedOutcome(outcome));
      if (outcome.parked !== undefined) process.exitCode = 1;
    });
  }

  @Option({ flags: '--json', description: 'one JSON object: key, folded, and parked if it still is' })
  parseJson(): boolean {
    return true;
  }

  @Help('after')
  help(): string {
    return `
One event is left out, for good: its effect will be missing from the rows, and the table skipped_events keeps it on
record. Exit code 1 if the key then stands at a later event.

Examples:
  eventfold parked list user-profile --json | jq '.items[0].event'      what would be left out?
  eventfold parked skip user-profile 3f2b8c1e-9d47-4d55-a7cb-2e2f1d9b6a10`;
  }
}
