import { Help, Option, SubCommand } from 'nest-commander';
import { ProjectionOperations, type RetryOutcome } from '../../event-sourcing/index.js';
import { Application } from '../application.js';
import { EventfoldCommand } from '../eventfold-command.js';
import { Output } from '../terminal/output.js';
import { outcomeJson, parkedOutcome } from './parked-outcome.js';

interface RetryOptions {
  all?: boolean;
  json?: boolean;
}

@SubCommand({
  name: 'retry',
  arguments: '<projection> [key]',
  argsDescription: { projection: 'its name', key: 'that is parked; or --all' },
  description: 'Fold what waits of a parked key, in order. Exit code 1 if it stays parked',
})
export class ParkedRetryCommand extends EventfoldCommand {
  constructor(
    private readonly application: Application,
    private readonly output: Output,
  ) {
    super();
  }

  async run([projection, key]: [string, ...string[]], { all = false, json }: RetryOptions): Promise<void> {
    if (all === (key !== undefined)) this.command.error('give either one key or --all');
    await this.application.use(async (application) => {
      let count = 0;
      for await (const outcome of retry(application.get(ProjectionOperations), projection, key)) {
        await this.output.line(json ? outcomeJson(outcome) : parkedOutcome(outcome));
        if (outcome.parked !== undefined) process.exitCode = 1;
        count++;
      }
      if (count === 0) this.output.note(`Nothing is parked in ${projection}.`);
    });
  }

  @Option({ flags: '--all', description: 'every parked key of the projection, one after the other' })
  parseAll(): boolean {
    return true;
  }

  @Option({
    flags: '--json',
    description: 'a line of JSON for each key: key, folded, and parked if it still is',
  })
  parseJson(): boolean {
    return true;
  }

  @Help('after')
  help(): string {
    return `
It folds in this process, by the code that this command is part of: mend the cause first, then retry by the mended code.

Examples:
  eventfold parked retry user-profile 3f2b8c1e-9d47-4d55-a7cb-2e2f1d9b6a10
  eventfold parked retry user-profile --all
  eventfold parked retry user-profile --all --json | jq 'select(.parked)'
  eventfold parked retry user-profile -- -a-key-with-a-dash`;
  }
}

async function* retry(
  operations: ProjectionOperations,
  projection: string,
  key: string | undefined,
): AsyncGenerator<RetryOutcome> {
  if (key === undefined) yield* operations.retryAll(projection);
  else yield await operations.retry(projection, key);
}
