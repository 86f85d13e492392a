import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

/** The answer of a host about one order. `gone`: the host was killed, and the outcome is unknown. */
export interface HostAnswer {
  version?: number;
  status?: string;
  failure?: string | null;
  error?: { name: string; kind?: string; code?: string; message: string };
}

export const GONE: HostAnswer = { error: { name: 'Gone', kind: 'gone', message: 'The host was killed.' } };

/** A host of one of two builds (see upgrade-process.mjs), as a process that may be killed. */
export class UpgradeHost {
  private orders = 0;
  private readonly waiting = new Map<number, (answer: HostAnswer) => void>();

  private constructor(private readonly child: ChildProcess) {
    child.on('message', ({ id, ...answer }: HostAnswer & { id: number }) => this.answer(id, answer));
    child.on('exit', () => {
      for (const id of this.waiting.keys()) this.answer(id, GONE);
    });
  }

  static async start(options: {
    url: string;
    build: 'old' | 'new';
    projections?: boolean;
  }): Promise<UpgradeHost> {
    const script = join(import.meta.dirname, '../processes/upgrade-process.mjs');
    const child = spawn(process.execPath, [script, JSON.stringify(options)], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    const errors = text(child.stderr!);
    const ended = once(child, 'exit').then(async ([code]) => {
      throw new Error(`The ${options.build} host ended with ${code}: ${await errors}`);
    });
    await Promise.race([once(child, 'message'), ended]);
    ended.catch(() => undefined); // from here on `kill` reports it
    return new UpgradeHost(child);
  }

  post = (parcel: string, town: string, kilos: number) => this.tell({ act: 'post', parcel, town, kilos });
  deliver = (parcel: string) => this.tell({ act: 'deliver', parcel });
  sendBack = (parcel: string) => this.tell({ act: 'sendBack', parcel });
  status = (name: string) => this.tell({ act: 'status', name });

  get isGone(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  async kill(): Promise<void> {
    if (this.isGone) return;
    const exited = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exited;
  }

  private tell(order: object): Promise<HostAnswer> {
    if (this.isGone) return Promise.resolve(GONE);
    const id = ++this.orders;
    return new Promise((resolve) => {
      this.waiting.set(id, resolve);
      this.child.send({ id, ...order }, (error) => error && this.answer(id, GONE));
    });
  }

  private answer(id: number, answer: HostAnswer): void {
    this.waiting.get(id)?.(answer);
    this.waiting.delete(id);
  }
}
