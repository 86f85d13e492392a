import type { INestApplicationContext } from '@nestjs/common';
import { Help, Option, SubCommand } from 'nest-commander';
import { setTimeout as sleep } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import { selectTailStart } from '../../event-sourcing/event-store/tail.sql.js';
import { EventStore, isTransient } from '../../event-sourcing/index.js';
import { ResolvedOptions } from '../../event-sourcing/options.js';
import { Application } from '../application.js';
import { Ending } from '../terminal/exit.js';
import { EventfoldCommand } from '../eventfold-command.js';
import { jsonLine, lineOfLog } from './event-line.js';
import { Output } from '../terminal/output.js';
import { Tail } from './tail.js';

interface TailOptions {
  after?: number;
  lines?: number;
  type?: string[];
  follow?: boolean;
  json?: boolean;
}

/** Pause between two looks at the end of the log, in ms. One is a probe of the primary key, and works behind any pooler. */
const LOOK_EVERY_MS = 250;

@SubCommand({ name: 'tail', description: 'Print the last events, and with --follow those to come' })
export class LogTailCommand extends EventfoldCommand {
  constructor(
    private readonly application: Application,
    private readonly ending: Ending,
    private readonly output: Output,
  ) {
    super();
  }

  run(_: string[], options: TailOptions): Promise<void> {
    return this.application.use(async (application) => {
      const start = await findStart(application, options);
      const tail = new Tail(application.get(EventStore), start, options.type ?? []);
      if (options.follow) await this.follow(tail, options);
      else if ((await this.print(tail, options)) === 0) this.output.note('There are no such events.');
    });
  }

  private async print(tail: Tail, { json }: TailOptions): Promise<number> {
    let count = 0;
    for await (const event of tail.next()) {
      await this.output.line(json ? jsonLine(event) : lineOfLog(event));
      count++;
    }
    return count;
  }

  /** Goes on until told to end. A database that is away for a while is waited for. */
  private async follow(tail: Tail, options: TailOptions): Promise<never> {
    const { signal } = this.ending;
    for (let away = false; ; await sleep(LOOK_EVERY_MS, undefined, { signal })) {
      try {
        await this.print(tail, options);
        away = false;
      } catch (error) {
        if (signal.aborted || !isTransient(error)) throw error;
        if (!away) this.output.note('The database is away. Waiting for it ...');
        away = true;
      }
    }
  }

  @Option({
    flags: '-n, --lines <N>',
    description: 'the last N of the events (default: 10, with --after all)',
  })
  parseLines(text: string): number {
    return this.wholeNumber('--lines', text, 0);
  }

  @Option({ flags: '--after <N>', description: 'only events after position N' })
  parseAfter(text: string): number {
    return this.wholeNumber('--after', text, 0);
  }

  @Option({ flags: '--type <T>', description: 'only events of type T; may be given several times' })
  parseType(text: string, others: string[] = []): string[] {
    return [...others, text];
  }

  @Option({ flags: '-f, --follow', description: 'go on with events as they are appended, until Ctrl-C' })
  parseFollow(): boolean {
    return true;
  }

  @Option({ flags: '--json', description: 'a line of JSON for each event, whole, with its metadata' })
  parseJson(): boolean {
    return true;
  }

  @Help('after')
  help(): string {
    return `
A line has position, time, stream@version, type and data. On a terminal it is cut to the width; in a pipe it is whole.
A rare --type is looked for in all of the log.

Examples:
  eventfold log tail                            the last 10 events
  eventfold log tail -f                         ... and those to come
  eventfold log tail -n 0 -f                    only those to come
  eventfold log tail --after 1200               all after position 1200
  eventfold log tail --after 1200 -n 5          the last 5 of them
  eventfold log tail --type content.rated --type content.watched
  eventfold log tail --after 0 --json | jq .type | sort | uniq -c`;
  }
}

/** The position before the first event to print. */
async function findStart(application: INestApplicationContext, options: TailOptions): Promise<number> {
  const { after = 0, type = [], lines = options.after === undefined ? 10 : undefined } = options;
  if (lines === undefined) return after;
  if (lines === 0) return Math.max(after, await application.get(EventStore).head());
  const { manager } = application.get(DataSource);
  const events = application.get(ResolvedOptions).qualified('events');
  return selectTailStart(manager, events, { after, types: type, count: lines });
}
