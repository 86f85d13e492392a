import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { SimulationFailure } from './failure.js';
import { answers, type Service } from './find-service.js';

// From dist/bench/simulate/ to dist/src/.
const ENTRY = fileURLToPath(new URL('../../src/main.js', import.meta.url));
const READY_WITHIN_MS = 60_000;
const STOPPED_WITHIN_MS = 15_000;
const OUTPUT_KEPT = 4_000;

/**
 * Starts a service for this run alone and waits until it is ready. Its data stay.
 *
 * @throws SimulationFailure with the service's last output when it does not get ready
 */
export async function startOwnService(stop: AbortController): Promise<Service> {
  if (!existsSync(ENTRY)) throw new SimulationFailure('The service is not built. Run npm run build first.');
  const port = await freePort();
  const own = new OwnService(port, stop);
  try {
    await own.untilReady(stop.signal);
    return own;
  } catch (error) {
    await own.stop();
    throw error;
  }
}

class OwnService implements Service {
  readonly url: string;
  readonly description = `a service of its own (data in ${dataPlace(process.env)})`;
  private readonly child: ChildProcess;
  private output = '';
  private stopping = false;

  constructor(port: number, stop: AbortController) {
    this.url = `http://127.0.0.1:${port}`;
    // In a process group of its own: a Ctrl-C reaches only this program. It stops the service once, after its last
    // request.
    this.child = spawn(process.execPath, [ENTRY], {
      env: { ...process.env, PORT: String(port), HOST: '127.0.0.1' },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    this.child.stdout?.on('data', (text) => this.keep(text));
    this.child.stderr?.on('data', (text) => this.keep(text));
    this.child.once('close', () => {
      if (!this.stopping) stop.abort(this.ended());
    });
  }

  async untilReady(stop: AbortSignal): Promise<void> {
    const deadline = performance.now() + READY_WITHIN_MS;
    while (!(await answers(`${this.url}/health/ready`, stop))) {
      if (performance.now() > deadline) throw this.failure(`is not ready after ${READY_WITHIN_MS / 1000} s`);
      await sleep(100, undefined, { signal: stop });
    }
  }

  /** Idempotent and bounded: SIGTERM, then SIGKILL if the service does not end. */
  async stop(): Promise<void> {
    this.stopping = true;
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    const timer = setTimeout(() => this.child.kill('SIGKILL'), STOPPED_WITHIN_MS);
    await exited;
    clearTimeout(timer);
    if (this.child.signalCode === 'SIGKILL') console.error(this.failure('had to be killed').message);
  }

  private keep(text: unknown): void {
    this.output = (this.output + String(text)).slice(-OUTPUT_KEPT);
  }

  private ended(): SimulationFailure {
    return this.failure(`ended early (exit code ${this.child.exitCode ?? this.child.signalCode})`);
  }

  private failure(what: string): SimulationFailure {
    const said =
      this.output.trim() === '' ? 'It printed nothing.' : `Its last output:\n${this.output.trim()}`;
    return new SimulationFailure(`The service that this run started ${what}. ${said}`);
  }
}

/** Where its data stay. The URL of a database is not shown, because it holds a password. */
function dataPlace({ DATABASE_URL, DATA_DIR }: NodeJS.ProcessEnv): string {
  return DATABASE_URL ? 'the database of DATABASE_URL' : DATA_DIR || '.data';
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
