import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { GuideBlock } from '../repository/guide.js';
import { freePort } from '../servers/free-port.js';

const STARTED = 'Nest application successfully started';

/** What is done, in a folder, in place of the lines that begin so. It is given the words behind the beginning. */
export type Instead = Record<string, (folder: string, words: string[]) => Promise<void>>;

/** The database is one of the tests' server. */
const WITHOUT_DOCKER: Instead = { 'docker run': async () => undefined, export: async () => undefined };

/** A folder, and a terminal in it, into which the blocks of a guide are pasted. */
export class PastedApplication {
  /** When each line was typed, in ms. */
  readonly typedAt = new Map<string, number>();
  private server: ChildProcess | undefined;
  private output = '';

  private constructor(
    private folder: string,
    private readonly instead: Instead,
    private readonly environment: Record<string, string>,
  ) {}

  /** @param instead with the line `npm start`: what compiles. The start itself is the same for all applications. */
  static async open(instead: Instead, databaseUrl: string): Promise<PastedApplication> {
    const { PATH, HOME } = process.env as Record<'PATH' | 'HOME', string>;
    const folder = await mkdtemp(join(tmpdir(), 'eventfold-pasted-'));
    return new PastedApplication(
      folder,
      { ...WITHOUT_DOCKER, ...instead },
      {
        PATH,
        HOME,
        NO_COLOR: '1',
        PORT: String(await freePort()),
        DATABASE_URL: databaseUrl,
        npm_config_yes: 'true', // npx asks before it installs
        // The user of the tests' server has the name of our schema, which PostgreSQL would then prefer.
        PGOPTIONS: '-c search_path=public',
      },
    );
  }

  /** @returns the output of the last line of commands */
  async paste(block: GuideBlock): Promise<string> {
    if (block.kind === 'answer') throw new Error('An answer is compared, not pasted.');
    if (block.kind === 'file') return this.write(block.path, block.text);
    let printed = '';
    for (const line of block.lines) printed = await this.type(line);
    return printed;
  }

  async write(path: string, text: string): Promise<string> {
    await mkdir(dirname(join(this.folder, path)), { recursive: true });
    await writeFile(join(this.folder, path), text);
    return '';
  }

  async type(line: string): Promise<string> {
    this.typedAt.set(line, Date.now());
    const beginning = Object.keys(this.instead).find((each) => line === each || line.startsWith(`${each} `));
    if (line.startsWith('cd ')) this.folder = join(this.folder, line.slice('cd '.length));
    else if (beginning === undefined) return this.run(line.replaceAll(':3000', `:${this.environment.PORT}`));
    else await this.instead[beginning]!(this.folder, line.slice(beginning.length).trim().split(' '));
    if (line === 'npm start') await this.start();
    return '';
  }

  /** Starts the compiled application, after the previous one has ended. @throws Error with its output, when it ends */
  async start(): Promise<void> {
    await this.stop();
    this.output = '';
    const script = ['--enable-source-maps', 'dist/main.js'];
    const server = spawn(process.execPath, script, { cwd: this.folder, env: this.environment });
    this.server = server;
    const started = new Promise<void>((resolve) => {
      for (const stream of [server.stdout, server.stderr]) {
        stream.on('data', (chunk) => {
          this.output += chunk;
          if (this.output.includes(STARTED)) resolve();
        });
      }
    });
    const ended = once(server, 'close').then(() => {
      throw new Error(`The application does not start:\n${this.output}`);
    });
    await Promise.race([started, ended]);
    ended.catch(() => undefined);
  }

  async stop(): Promise<void> {
    const { server } = this;
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return;
    const closed = once(server, 'close');
    server.kill();
    await closed;
  }

  async remove(): Promise<void> {
    await this.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  private async run(line: string): Promise<string> {
    const options = { cwd: this.folder, env: this.environment };
    const running = promisify(execFile)('sh', ['-c', line], options);
    running.child.stdin!.end('\n'); // Enter, at the question for a module system
    const { stdout } = await running.catch((error) => {
      throw new Error(`"${line}" fails:\n${error.stdout}${error.stderr}`);
    });
    return stdout;
  }
}
