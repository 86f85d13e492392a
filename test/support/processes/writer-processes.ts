import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

export interface WriterOptions {
  url: string;
  seed: number;
  name: string;
  writers: number;
  /** The folder of the journals. */
  directory: string;
}

/** A process of writers (see writer-process.mjs), which may be killed and live again. */
export class WriterProcess {
  readonly journals: string[] = [];
  private child: ChildProcess;
  private errors: Promise<string>;

  constructor(private readonly options: WriterOptions) {}

  /** Resolves when it is ready to begin. */
  async start(): Promise<void> {
    const { directory, name } = this.options;
    const life = this.journals.length;
    const journalBefore = this.journals.at(-1);
    const journal = join(directory, `${name}.${life}.jsonl`);
    this.journals.push(journal);
    const settings = JSON.stringify({ ...this.options, life, journal, journalBefore });
    this.child = spawn(
      process.execPath,
      [join(import.meta.dirname, '../../../dist/processes/writer.js'), settings],
      {
        stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      },
    );
    this.errors = text(this.child.stderr!);
    const ended = once(this.child, 'exit').then(async ([code]) => {
      throw new Error(`Writer process ${name} ended with ${code}: ${await this.errors}`);
    });
    await Promise.race([once(this.child, 'message'), ended]);
    ended.catch(() => undefined); // from here on `stop` and `kill` report it
  }

  go(): void {
    this.child.send('go');
  }

  async kill(): Promise<void> {
    if (this.hasEnded) return;
    const exited = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exited;
  }

  /** Lets every writer finish its append. Returns an empty text, or the failure of the process. */
  async stop(): Promise<string> {
    if (!this.hasEnded) {
      const exited = once(this.child, 'exit');
      this.child.send('stop');
      await exited;
    }
    const { exitCode, signalCode } = this.child;
    return exitCode === 0
      ? ''
      : `${this.options.name} ended with ${exitCode ?? signalCode}: ${await this.errors}`;
  }

  private get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }
}
