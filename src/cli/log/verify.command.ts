import { ModuleRef } from '@nestjs/core';
import { Help, Option, SubCommand } from 'nest-commander';
import { LogVerifier, type Verification } from '../../event-sourcing/index.js';
import { Application } from '../application.js';
import { Ending } from '../terminal/exit.js';
import { EventfoldCommand } from '../eventfold-command.js';
import { Output } from '../terminal/output.js';
import { printable } from '../terminal/printable.js';
import { verdict } from './verification-report.js';
import { VerificationProgress } from './verification-progress.js';

@SubCommand({ name: 'verify', description: 'Is the log sound? Exit code 1 and the first fault if it is not' })
export class LogVerifyCommand extends EventfoldCommand {
  constructor(
    private readonly application: Application,
    private readonly ending: Ending,
    private readonly output: Output,
  ) {
    super();
  }

  run(_: string[], { json }: { json?: boolean }): Promise<void> {
    return this.application.use(async (application) => {
      const verifier = await application.get(ModuleRef).create(LogVerifier);
      const start = performance.now();
      const verification = await this.verify(verifier);
      const seconds = (performance.now() - start) / 1_000;
      await this.output.line(
        json ? printable(JSON.stringify(toJson(verification, seconds))) : verdict(verification, seconds),
      );
      if (verification.fault !== undefined) process.exitCode = 1;
    });
  }

  private async verify(verifier: LogVerifier): Promise<Verification> {
    const progress = new VerificationProgress();
    try {
      return await verifier.verify((soFar) => progress.show(soFar), this.ending.signal);
    } catch (error) {
      progress.stop();
      if (progress.soFar !== undefined) this.output.note(interrupted(progress.soFar));
      throw error;
    } finally {
      progress.stop();
    }
  }

  @Option({ flags: '--json', description: 'one JSON object: ok, head, events, streams, seconds, fault' })
  parseJson(): boolean {
    return true;
  }

  @Help('after')
  help(): string {
    return `
Reads the log once, up to the end that it has at the start, in memory that does not grow with it:
  - positions and, in each stream, versions count from 1 without a gap, in the same order
  - no event id is taken twice, and time never runs backwards
  - every event can be read: this version of the service knows its type and its schema version
  - what guards the table (three unique constraints, one trigger) is in place

A service may go on writing meanwhile. On a terminal a bar shows the progress.

Examples:
  eventfold log verify
  eventfold log verify --json | jq .fault
  eventfold log verify || page-somebody         exit code 1: a fault, or it could not be done`;
  }
}

const toJson = ({ fault, ...counts }: Verification, seconds: number) => ({
  ok: fault === undefined,
  ...counts,
  seconds: Number(seconds.toFixed(3)),
  ...(fault && { fault }),
});

const interrupted = ({ events, head }: Verification) =>
  `Not finished. The first ${events.toLocaleString('en')} of ${head.toLocaleString('en')} events are sound.`;
