import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** Both read models in a process without a log, which a test kills and starts again. */
export class RemoteProcess {
  private constructor(private readonly child: ChildProcess) {}

  /** @param place.keys the database of the log, which has the keys of persons */
  static async start(place: { url: string; servers: string; keys: string }): Promise<RemoteProcess> {
    const script = join(import.meta.dirname, '../processes/remote-process.mjs');
    const child = fork(script, [JSON.stringify(place)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const isStarted = await Promise.race([once(child, 'message'), once(child, 'exit').then(() => undefined)]);
    if (isStarted === undefined) throw new Error(`The process has ended with ${child.exitCode}.`);
    return new RemoteProcess(child);
  }

  /** Ends it by SIGKILL. Can be called again. */
  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exited;
  }
}
