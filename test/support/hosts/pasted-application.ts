import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { compileHost } from './compiled-host.js';
import type { GuideBlock } from '../repository/guide.js';
import { type InstalledPackage, link } from './installed-package.js';
import { ROOT } from './packed-package.js';

const STARTED = 'Nest application successfully started';
/** The development dependencies of `nest new` that compile. The tests run no others. */
const COMPILING = ['typescript', '@types/node'];

/**
 * A folder, and a terminal in it, into which the blocks of a guide are pasted. A few lines run in another way:
 *
 * - `nest new` copies the output of its version 12.0.8, without tests: `test/fresh-application`
 * - `npm install` links only the packages that the application lists and the line names
 * - `docker run` starts nothing: the database is one of the tests' server
 * - `npm start` compiles in this process, by the application's own settings, in a fifth of the CLI's time
 */
export class PastedApplication {
  private server: ChildProcess | undefined;
  private output = '';

  private constructor(
    private folder: string,
    private readonly installed: InstalledPackage,
    private readonly environment: Record<string, string>,
  ) {}

  static async open(installed: InstalledPackage, databaseUrl: string): Promise<PastedApplication> {
    const { PATH, HOME } = process.env as Record<'PATH' | 'HOME', string>;
    return new PastedApplication(await mkdtemp(join(tmpdir(), 'eventfold-pasted-')), installed, {
      PATH,
      HOME,
      NO_COLOR: '1',
      PORT: String(await freePort()),
      DATABASE_URL: databaseUrl,
      // The user of the tests' server has the name of our schema, which PostgreSQL would then prefer.
      PGOPTIONS: '-c search_path=public',
    });
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
    const [program, ...words] = line.split(' ');
    if (program === 'docker' || program === 'export') return '';
    if (program === 'cd') this.folder = join(this.folder, words[0]!);
    else if (line === 'npm start') await this.compileAndStart();
    else if (line.startsWith('npm install ')) await this.install(words.slice(1));
    else if (line.startsWith('npx @nestjs/cli@12 new ')) await this.copyFresh(words[2]!);
    else return this.run(line.replaceAll(':3000', `:${this.environment.PORT}`));
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
    const { stdout } = await promisify(execFile)('sh', ['-c', line], options).catch((error) => {
      throw new Error(`"${line}" fails:\n${error.stdout}${error.stderr}`);
    });
    return stdout;
  }

  private compileAndStart(): Promise<void> {
    compileHost(this.folder, 'tsconfig.build.json');
    return this.start();
  }

  private copyFresh(name: string): Promise<void> {
    return cp(join(ROOT, 'test/fresh-application'), join(this.folder, name), { recursive: true });
  }

  private async install(named: string[]): Promise<void> {
    const { dependencies, devDependencies } = JSON.parse(
      await readFile(join(this.folder, 'package.json'), 'utf8'),
    );
    const modules = join(this.folder, 'node_modules');
    for (const name of [...Object.keys(dependencies), ...named]) {
      await link(join(this.installed.folder, 'node_modules', name), join(modules, name));
    }
    for (const name of COMPILING.filter((each) => each in devDependencies)) {
      await link(join(ROOT, 'node_modules', name), join(modules, name));
    }
    await link(join(modules, 'nest-eventfold/bin/eventfold.mjs'), join(modules, '.bin/eventfold'));
    await this.write('node_modules/vitest/globals.d.ts', 'export {};\n'); // its tsconfig.json asks for the types
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
