import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { eventually } from '../eventually.js';
import { PATIENCE_MS } from '../patience.js';
import { processesOf } from './processes-of.js';

/** The way to start the service: all of it, `npm start`, the command behind that, or a command line for a shell. */
export type Start = 'npm' | 'node' | { shell: string };

export interface StartOptions {
  root: string;
  /** A mark on every command line: it tells processes that are left running from others. */
  mark: string;
  environment: NodeJS.ProcessEnv;
}

/** A service in a process group of its own, started in the way of people and supervisors. */
export class StartedService {
  private said = '';
  private readonly closed: Promise<unknown>;

  private constructor(
    readonly child: ChildProcess,
    private readonly mark: string,
  ) {
    for (const output of [child.stdout!, child.stderr!])
      output.on('data', (chunk: Buffer) => (this.said += chunk.toString()));
    this.closed = once(child, 'exit');
  }

  static start(how: Start, { root, mark, environment }: StartOptions): StartedService {
    const [program, options] = commandOf(how, mark);
    const { PATH, HOME } = process.env;
    const child = spawn(program, options, {
      cwd: root,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH, HOME, PORT: '0', ...environment },
    });
    return new StartedService(child, mark);
  }

  get output(): string {
    return this.said;
  }

  /** @throws Error when the service ends before it is ready */
  async says(words: RegExp): Promise<void> {
    const heard = eventually(() => {
      if (!words.test(this.said)) throw new Error(`It does not say ${words}:\n${this.said}`);
    }, PATIENCE_MS);
    const ended = this.closed.then(() => {
      if (!words.test(this.said)) throw new Error(`It ended before it said ${words}:\n${this.said}`);
    });
    await Promise.race([heard, ended]);
  }

  /** The process of the service itself, not its starter's. */
  async servicePid(): Promise<number> {
    const isService = /^\S*node\S* .*(build-and-run\.mjs|main\.js)/;
    const found = (await processesOf(this.mark)).filter(({ command }) => isService.test(command));
    if (found.length !== 1) throw new Error(`${found.length} processes of the service`);
    return found[0]!.pid;
  }

  signalGroup(signal: NodeJS.Signals): void {
    process.kill(-this.child.pid!, signal);
  }

  /** @returns the exit code of the started program; null when a signal ended it */
  async exitCode(): Promise<number | null> {
    await this.closed;
    return this.child.exitCode;
  }
}

function commandOf(how: Start, mark: string): [string, string[]] {
  if (how === 'npm') return ['npm', ['start', '--', mark]];
  if (how === 'node') return [process.execPath, ['src/launch/build-and-run.mjs', 'service/main.js', mark]];
  return ['sh', ['-c', how.shell]];
}
