import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { keepProcess, letProcessEnd } from '../../event-sourcing/for-service.js';

/** The name of the sessions by which instances find each other. */
const APPLICATION_NAME = 'eventfold instance';
const RECONNECT_MS = 500;

const LOOKS_FOR_OTHERS = 10;
const LOOK_MS = 100;

/**
 * A session at the embedded server that says: this instance uses it. The session ends with its process, in any case.
 * Other sessions do not count: an instance may have none for a while, and a session of `psql` must not keep a server
 * running.
 *
 * A session that the server ends, for instance when it restarts after a crash, is opened again.
 */
export class InstanceLease {
  private client: Client | undefined;
  private isReleased = false;

  private constructor(private readonly url: string) {}

  static async take(url: string): Promise<InstanceLease> {
    const lease = new InstanceLease(url);
    await lease.open();
    return lease;
  }

  async release(): Promise<void> {
    this.isReleased = true;
    if (this.client !== undefined) keepProcess(this.client); // the process must not end before the session
    await this.client?.end().catch(() => undefined);
  }

  private async open(): Promise<void> {
    const client = new Client({
      connectionString: this.url,
      application_name: APPLICATION_NAME,
      connectionTimeoutMillis: 5_000,
    });
    client.on('error', () => undefined); // 'end' follows
    await client.connect();
    letProcessEnd(client); // a process that has nothing else to do may end
    this.client = client;
    client.once('end', () => void this.reopen());
  }

  private async reopen(): Promise<void> {
    while (!this.isReleased) {
      await sleep(RECONNECT_MS, undefined, { ref: false });
      if (this.isReleased) return;
      const isOpen = await this.open().then(
        () => true,
        () => false,
      );
      if (isOpen) return;
    }
  }
}

/**
 * Whether an instance has a lease. The server notices the end of a session late. So it is asked for a second before the
 * answer is yes.
 */
export async function isLeased(client: Client): Promise<boolean> {
  for (let look = 1; await hasLeases(client); look++) {
    if (look === LOOKS_FOR_OTHERS) return true;
    await sleep(LOOK_MS);
  }
  return false;
}

async function hasLeases(client: Client): Promise<boolean> {
  const { rowCount } = await client.query('select from pg_stat_activity where application_name = $1', [
    APPLICATION_NAME,
  ]);
  return rowCount !== 0;
}
