import { Help, Option, SubCommand } from 'nest-commander';
import { EventStore, type StoredEvent } from '../../event-sourcing/index.js';
import { Application } from '../application.js';
import { EventfoldCommand } from '../eventfold-command.js';
import { jsonLine, lineOfStream } from '../log/event-line.js';
import { CommandFailure } from '../failure.js';
import { Output } from '../terminal/output.js';
import { printable } from '../terminal/printable.js';

type Direction = 'forwards' | 'backwards';

interface ShowOptions {
  fromVersion?: number;
  limit?: number;
  direction?: Direction;
  json?: boolean;
}

@SubCommand({
  name: 'show',
  arguments: '<id>',
  argsDescription: { id: 'of the stream, such as user-<userId> or content-<contentId>' },
  description: 'Print the events of a stream, with their versions',
})
export class StreamShowCommand extends EventfoldCommand {
  constructor(
    private readonly application: Application,
    private readonly output: Output,
  ) {
    super();
  }

  run([streamId]: [string], options: ShowOptions): Promise<void> {
    return this.application.use(async (application) => {
      const store = application.get(EventStore);
      const { limit = 100, fromVersion, direction } = options;
      // One more than asked for tells whether there are more.
      const events = await store.readStream(streamId, { fromVersion, direction, maxCount: limit + 1 });
      if (events.length === 0) await this.explainNothing(store, streamId);
      for (const event of events.slice(0, limit)) {
        await this.output.line(options.json ? jsonLine(event) : lineOfStream(event));
      }
      if (events.length > limit) this.tellRest(events[limit]!, options);
    });
  }

  private async explainNothing(store: EventStore, streamId: string): Promise<void> {
    const [last] = await store.readStream(streamId, { direction: 'backwards', maxCount: 1 });
    if (last === undefined) throw new CommandFailure(`there is no stream "${streamId}".`);
    this.output.note(`Nothing there: the last version of stream ${printable(streamId)} is ${last.version}.`);
  }

  private tellRest(next: StoredEvent, { direction }: ShowOptions): void {
    const backwards = direction === 'backwards' ? ' --direction backwards' : '';
    this.output.note(`There are more: --from-version ${next.version}${backwards}`);
  }

  @Option({
    flags: '--from-version <N>',
    description: 'the version to begin with (default: the first; backwards, the last)',
  })
  parseFromVersion(text: string): number {
    return this.wholeNumber('--from-version', text, 1, 2 ** 31 - 1);
  }

  @Option({ flags: '--limit <N>', description: 'at most N events (default: 100)' })
  parseLimit(text: string): number {
    return this.wholeNumber('--limit', text, 1, 10_000);
  }

  @Option({ flags: '--direction <D>', description: 'forwards or backwards (default: forwards)' })
  parseDirection(text: string): Direction {
    if (text === 'forwards' || text === 'backwards') return text;
    return this.command.error(`--direction is "${text}": it must be forwards or backwards`);
  }

  @Option({ flags: '--json', description: 'a line of JSON for each event, whole, with its metadata' })
  parseJson(): boolean {
    return true;
  }

  @Help('after')
  help(): string {
    return `
A line has version, position, time, type and data. On a terminal it is cut to the width; in a pipe it is whole.
A stream that does not exist ends it with exit code 1.

Examples:
  eventfold stream show content-metropolis-1927
  eventfold stream show content-metropolis-1927 --from-version 101
  eventfold stream show content-metropolis-1927 --direction backwards --limit 3
  eventfold stream show content-metropolis-1927 --json | jq .data`;
  }
}
