import { Help, Option, SubCommand } from 'nest-commander';
import { setTimeout as sleep } from 'node:timers/promises';
import { isTransient, ProjectionOperations, type ProjectionStatus } from '../../event-sourcing/index.js';
import { Application } from '../application.js';
import { Ending } from '../terminal/exit.js';
import { EventfoldCommand } from '../eventfold-command.js';
import { Output } from '../terminal/output.js';
import { printable } from '../terminal/printable.js';
import { projectionTable } from './projection-table.js';

interface StatusOptions {
  watch?: boolean;
  json?: boolean;
}

/** Pause between two looks of --watch, in ms. */
const LOOK_EVERY_MS = 1_000;

@SubCommand({ name: 'status', description: 'How far projections are, and why one stands still' })
export class ProjectionsStatusCommand extends EventfoldCommand {
  /** Lines of the table that is on the terminal. */
  private shown = 0;

  constructor(
    private readonly application: Application,
    private readonly ending: Ending,
    private readonly output: Output,
  ) {
    super();
  }

  run(_: string[], options: StatusOptions): Promise<void> {
    return this.application.use(async (application) => {
      const operations = application.get(ProjectionOperations);
      if (options.watch) await this.watch(operations, options);
      else await this.print(await operations.list(), options);
    });
  }

  /** Goes on until told to end. A database that is away for a while is waited for. */
  private async watch(operations: ProjectionOperations, options: StatusOptions): Promise<never> {
    const { signal } = this.ending;
    for (;;) {
      try {
        await this.print(await operations.list(), options);
      } catch (error) {
        if (signal.aborted || !isTransient(error)) throw error;
        this.output.note('The database is away. Waiting for it ...');
        this.shown = 0;
      }
      await sleep(LOOK_EVERY_MS, undefined, { signal });
    }
  }

  private async print(projections: ProjectionStatus[], { watch, json }: StatusOptions): Promise<void> {
    if (json) return this.output.line(printable(JSON.stringify({ items: projections, nextCursor: null })));
    if (projections.length === 0) this.output.note('No projection has run on this log yet.');
    const lines = projectionTable(projections);
    await this.output.line(this.above(watch) + lines.join('\n'));
    this.shown = lines.length;
  }

  /** On a terminal a table takes the place of the one before it; in a pipe it follows. */
  private above(watch = false): string {
    if (!watch || this.shown === 0) return '';
    return process.stdout.isTTY ? `\u001b[${this.shown}A\u001b[J` : '\n';
  }

  @Option({ flags: '-w, --watch', description: 'look again every second, until Ctrl-C' })
  parseWatch(): boolean {
    return true;
  }

  @Option({
    flags: '--json',
    description: 'what GET /projections answers, in one line; with --watch, a line each look',
  })
  parseJson(): boolean {
    return true;
  }

  @Help('after')
  help(): string {
    return `
status:
  starting     its processes begin
  running      it folds, or has nothing to fold
  paused       by an operator
  retrying     its turns fail, and are tried again
  stopped      too many keys are parked
  blocked      a session of the database is in its way
  no-worker    no process runs it
  standing-by  the rows, or the next event, are of a newer build than the processes

Examples:
  eventfold projections status
  eventfold projections status --watch
  eventfold projections status --json | jq '.items[] | select(.lagEvents > 0) | .name'`;
  }
}
