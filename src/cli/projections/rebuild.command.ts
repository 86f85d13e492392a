import type { INestApplicationContext } from '@nestjs/common';
import { Help, Option, SubCommand } from 'nest-commander';
import { ProjectionOperations, Projections, type ProjectionStatus } from '../../event-sourcing/index.js';
import { Application } from '../application.js';
import { EventfoldCommand } from '../eventfold-command.js';
import { CommandFailure } from '../failure.js';
import { Output } from '../terminal/output.js';
import { printable } from '../terminal/printable.js';
import { RebuildFollower } from './rebuild-follower.js';
import { type KeysOf, reportLines } from './rebuild-report.js';

interface RebuildOptions {
  hold?: boolean;
  release?: boolean;
  cancel?: boolean;
  follow?: boolean;
  json?: boolean;
}

@SubCommand({
  name: 'rebuild',
  arguments: '<name>',
  argsDescription: { name: 'of the projection' },
  description: 'Fold the rows again from the first event on, beside the living ones, and exchange them',
})
export class ProjectionsRebuildCommand extends EventfoldCommand {
  constructor(
    private readonly application: Application,
    private readonly follower: RebuildFollower,
    private readonly output: Output,
  ) {
    super();
  }

  async run([name]: [string], options: RebuildOptions): Promise<void> {
    const { hold, release, cancel, follow = process.stderr.isTTY } = options;
    if ([hold, release, cancel].filter(Boolean).length > 1) {
      this.command.error('--hold, --release and --cancel exclude each other');
    }
    await this.application.use(async (application) => {
      const operations = application.get(ProjectionOperations);
      const { lastRebuild } = await operations.get(name);
      await act(operations, name, options);
      if (cancel || !follow) return this.tellBegun(await operations.get(name), options);
      const status = await this.follower.follow(operations, name);
      const isNew = status.lastRebuild?.comparedAt !== lastRebuild?.comparedAt;
      if (status.rebuild === null && !isNew)
        throw new CommandFailure(`the rebuild of ${name} was cancelled.`);
      await this.tellEnd(status, options, keysIn(application));
    });
  }

  private async tellBegun(
    status: ProjectionStatus,
    { release, cancel, json }: RebuildOptions,
  ): Promise<void> {
    if (json) return this.output.line(toJson(status));
    const { name, reason } = status;
    if (cancel) return this.output.line(`The rebuild of ${name} is cancelled, its rows are dropped.`);
    await this.output.line(`The rebuild of ${name} ${release ? 'goes on to the exchange' : 'has begun'}.`);
    if (reason !== null) this.output.note(printable(reason));
  }

  private async tellEnd(status: ProjectionStatus, { json }: RebuildOptions, keysOf: KeysOf): Promise<void> {
    if (json) return this.output.line(toJson(status));
    const { name, rebuild, lastRebuild } = status;
    const report = (rebuild?.report ?? lastRebuild)!;
    await this.output.line(
      rebuild === null
        ? `${name} is rebuilt: the new rows are in place.`
        : `${name} is rebuilt and held: queries still see the old rows.`,
    );
    for (const line of reportLines(report, keysOf)) await this.output.line(line);
    if (rebuild !== null) {
      this.output.note(`To exchange the rows: eventfold projections rebuild ${name} --release`);
      this.output.note(`To drop the new ones: eventfold projections rebuild ${name} --cancel`);
    }
  }

  @Option({ flags: '--hold', description: 'compare and report, and exchange the rows only after --release' })
  parseHold(): boolean {
    return true;
  }

  @Option({
    flags: '--release',
    description: 'let a rebuild that is, or is to be, held go on to the exchange',
  })
  parseRelease(): boolean {
    return true;
  }

  @Option({ flags: '--cancel', description: 'end a rebuild and drop its rows' })
  parseCancel(): boolean {
    return true;
  }

  @Option({
    flags: '--follow',
    description: 'wait until it is exchanged or held, and print the report (default: on a terminal)',
  })
  parseFollow(): boolean {
    return true;
  }

  @Option({ flags: '--no-follow', description: 'begin it, and no more' })
  parseNoFollow(): boolean {
    return false;
  }

  @Option({ flags: '--json', description: 'the projection, as GET /projections/<name> answers' })
  parseJson(): boolean {
    return true;
  }

  @Help('after')
  help(): string {
    return `
The processes that run the projection do the work; queries see the old rows meanwhile. Then both are compared by primary
key and exchanged, in one transaction. On a terminal a bar shows rate and time to go; Ctrl-C ends the bar, not the
rebuild.

Examples:
  eventfold projections rebuild user-profile
  eventfold projections rebuild user-profile --hold        look at the differences first ...
  eventfold projections rebuild user-profile --release     ... then exchange the rows
  eventfold projections rebuild user-profile --cancel      ... or drop the new ones
  eventfold projections rebuild user-profile --follow --json | jq .lastRebuild.tables`;
  }
}

function act(operations: ProjectionOperations, name: string, options: RebuildOptions): Promise<void> {
  if (options.cancel) return operations.cancelRebuild(name);
  if (options.release) return operations.release(name);
  return operations.rebuild(name, { hold: options.hold });
}

const toJson = (status: ProjectionStatus) => printable(JSON.stringify(status));

const keysIn =
  (application: INestApplicationContext): KeysOf =>
  (table) =>
    application
      .get(Projections)
      .foldings.flatMap((folding) => folding.tables('live'))
      .find(({ table: { name } }) => name === table)
      ?.table.keyColumns.map((column) => column.replaceAll('"', '')) ?? [];
