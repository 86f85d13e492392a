import { Command, Help, Option } from 'nest-commander';
import { Rehearsal, type RehearsalOptions, type RehearsalReport } from '../../event-sourcing/index.js';
import { Application } from '../application.js';
import { Ending } from '../terminal/exit.js';
import { EventfoldCommand } from '../eventfold-command.js';
import { Output } from '../terminal/output.js';
import { printable } from '../terminal/printable.js';
import { RehearsalProgress } from './rehearsal-progress.js';
import { rehearsalReport } from './rehearsal-report.js';

interface RehearseOptions extends Pick<RehearsalOptions, 'whole' | 'sample' | 'from' | 'seed'> {
  rows?: number;
  json?: boolean;
}

@Command({
  name: 'rehearse',
  description: 'Can this build read all that is stored? Exit code 1 and every type that breaks if it cannot',
})
export class RehearseCommand extends EventfoldCommand {
  constructor(
    private readonly application: Application,
    private readonly ending: Ending,
    private readonly output: Output,
  ) {
    super();
  }

  async run(_: string[], { json, rows, ...options }: RehearseOptions): Promise<void> {
    if (options.whole && options.sample !== undefined) {
      this.command.error('--whole and --sample exclude each other: the whole log, or a part of it');
    }
    const scope = { ...options, ...(rows !== undefined && { maxRows: rows }) };
    await this.application.use(async (application) => {
      const start = performance.now();
      const report = await this.rehearse(application.get(Rehearsal), scope);
      const seconds = (performance.now() - start) / 1_000;
      await this.output.line(
        json
          ? printable(JSON.stringify({ ...report, seconds: Number(seconds.toFixed(3)) }))
          : rehearsalReport(report, seconds),
      );
      if (!report.ok) process.exitCode = 1;
    });
  }

  private async rehearse(rehearsal: Rehearsal, options: RehearsalOptions): Promise<RehearsalReport> {
    const progress = new RehearsalProgress();
    try {
      return await rehearsal.run({ ...options, onProgress: progress.show, signal: this.ending.signal });
    } catch (error) {
      progress.stop();
      if (progress.soFar !== undefined) this.output.note(interrupted(progress.soFar));
      throw error;
    } finally {
      progress.stop();
    }
  }

  @Option({ flags: '--sample <N>', description: 'read about N events, and N of streams (default: 10000)' })
  parseSample(text: string): number {
    return this.wholeNumber('--sample', text, 1, 1_000_000);
  }

  @Option({ flags: '--whole', description: 'read every event, and every stream that has an aggregate' })
  parseWhole(): boolean {
    return true;
  }

  @Option({
    flags: '--from <POSITION>',
    description: 'begin there, e.g. after the last rehearsal (default: 1)',
  })
  parseFrom(text: string): number {
    return this.wholeNumber('--from', text, 1);
  }

  @Option({ flags: '--seed <N>', description: 'another number makes another sample (default: 1)' })
  parseSeed(text: string): number {
    return this.wholeNumber('--seed', text, 0, 2 ** 31 - 1);
  }

  @Option({
    flags: '--rows <N>',
    description: 'rows of a projection to keep in memory, to know their history (default: 100000)',
  })
  parseRows(text: string): number {
    return this.wholeNumber('--rows', text, 0, 100_000_000);
  }

  @Option({
    flags: '--json',
    description:
      'one JSON object: ok, head, whole, read, streams, types, unsure, projections, unmet, seconds',
  })
  parseJson(): boolean {
    return true;
  }

  @Help('after')
  help(): string {
    return `
Run it with the new build, against the living database, before the build is deployed. It takes stored events through:
  - the upcasters: does the build know every type and schema version, and can it read the events?
  - the aggregates: streams are folded from their first event on, without snapshots
  - the projections: handlers are called with rows in memory, which nobody writes

It only reads: each page in a transaction that PostgreSQL keeps from writing, so a role that may only select will do.
A service may go on meanwhile; nothing is locked or notified, and no snapshot is held for long.

A sample has the beginning and the end of the log and blocks between them. It can miss a type that is rare: --whole
misses nothing. From the first event on, projections see all that made a row; after a gap, or more rows than --rows,
they see the living rows or none. A handler that then fails for every event of a type is UNSURE, and not counted.

Examples:
  eventfold rehearse && deploy                  exit code 1: something breaks, or it could not be done
  eventfold rehearse --sample 200000 --seed 7
  eventfold rehearse --whole --json > rehearsal.json
  eventfold rehearse --whole --from "$(($(jq .head rehearsal.json) + 1))"      what came since`;
  }
}

const interrupted = ({ read, total, broken }: { read: number; total: number; broken: number }) =>
  `Not finished. ${read.toLocaleString('en')} of ${total.toLocaleString('en')} events were read, with ${broken.toLocaleString('en')} breakages.`;
