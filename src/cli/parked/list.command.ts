import { Help, Option, SubCommand } from 'nest-commander';
import { EventStore, ProjectionOperations } from '../../event-sourcing/index.js';
import type { ParkedKeyPage } from '../../http/parked-key-bodies.js';
import { parkedKeyPage } from '../../http/parked-key-page.js';
import { Application } from '../application.js';
import { EventfoldCommand } from '../eventfold-command.js';
import { Output } from '../terminal/output.js';
import { printable } from '../terminal/printable.js';
import { table } from '../terminal/table.js';

interface ListOptions {
  after?: string;
  limit?: number;
  json?: boolean;
}

const HEAD = ['key', 'position', 'event', 'waiting', 'tries', 'parked at', 'error'];

@SubCommand({
  name: 'list',
  arguments: '<projection>',
  argsDescription: { projection: 'its name' },
  description: 'Print the parked keys of a projection, and the errors',
})
export class ParkedListCommand extends EventfoldCommand {
  constructor(
    private readonly application: Application,
    private readonly output: Output,
  ) {
    super();
  }

  run([projection]: [string], { after = '', limit = 50, json }: ListOptions): Promise<void> {
    return this.application.use(async (application) => {
      const operations = application.get(ProjectionOperations);
      const page = await parkedKeyPage(operations, application.get(EventStore), projection, { after, limit });
      if (json) await this.output.line(printable(JSON.stringify(page)));
      else await this.print(projection, page);
    });
  }

  private async print(projection: string, { items, nextCursor }: ParkedKeyPage): Promise<void> {
    if (items.length === 0) return this.output.note(`Nothing is parked in ${projection}.`);
    const rows = items.map(({ key, position, event, waiting, attempts, parkedAt, error }) => [
      key,
      position,
      event.type,
      waiting,
      attempts,
      parkedAt.toJSON(),
      error,
    ]);
    for (const line of table([HEAD, ...rows])) await this.output.line(line);
    if (nextCursor !== null)
      this.output.note(`There are more: --after ${JSON.stringify(printable(nextCursor))}`);
  }

  @Option({ flags: '--after <key>', description: 'only keys after this one' })
  parseAfter(text: string): string {
    return text;
  }

  @Option({ flags: '--limit <N>', description: 'at most N keys (default: 50)' })
  parseLimit(text: string): number {
    return this.wholeNumber('--limit', text, 1, 10_000);
  }

  @Option({ flags: '--json', description: 'what GET /projections/<name>/parked answers, in one line' })
  parseJson(): boolean {
    return true;
  }

  @Help('after')
  help(): string {
    return `
A line has key, position and type of the event that cannot be folded, how many events wait (that one and later ones of
the key), tries, time and error. On a terminal it is cut to the width; in a pipe it is whole.

Examples:
  eventfold parked list user-profile
  eventfold parked list user-profile --json | jq '.items[] | {key, error, data: .event.data}'`;
  }
}
