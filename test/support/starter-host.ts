/** An application in a folder of its own, for source files of the command line: what it is made of, and its tools. */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { startEventfold } from './cli.js';
import type { CliOutcome } from './cli-process.js';

const ROOT = join(import.meta.dirname, '../..');

/** As strict as there is, so that the files compile in any project. */
const COMPILER_OPTIONS = {
  module: 'nodenext',
  target: 'es2023',
  types: ['node'],
  rootDir: 'src',
  outDir: 'dist',
  strict: true,
  noUnusedLocals: true,
  noUnusedParameters: true,
  noImplicitOverride: true,
  noImplicitReturns: true,
  noUncheckedIndexedAccess: true,
  noPropertyAccessFromIndexSignature: true,
  exactOptionalPropertyTypes: true,
  isolatedModules: true,
  declaration: true,
  experimentalDecorators: true,
  emitDecoratorMetadata: true,
  skipLibCheck: true,
};

export class StarterHost {
  private constructor(
    readonly directory: string,
    private readonly type: 'module' | 'commonjs',
  ) {}

  /** With all packages of this project, this one among them. */
  static async create(type: 'module' | 'commonjs', devDependencies = {}): Promise<StarterHost> {
    const host = new StarterHost(await mkdtemp(join(tmpdir(), 'eventfold-new-')), type);
    await host.write('package.json', JSON.stringify({ name: 'host', type, devDependencies }));
    await host.write(
      'tsconfig.json',
      JSON.stringify({ compilerOptions: COMPILER_OPTIONS, include: ['src'] }),
    );
    for (const file of ['.prettierrc', '.oxlintrc.json']) {
      await cp(join(ROOT, file), join(host.directory, file));
    }
    await mkdir(join(host.directory, 'node_modules'));
    await host.link('nest-eventfold', ROOT);
    for (const name of await readdir(join(ROOT, 'node_modules'))) {
      await host.link(name, join(ROOT, 'node_modules', name));
    }
    return host;
  }

  eventfold(...args: string[]): Promise<CliOutcome> {
    return startEventfold({ directory: this.directory }, ...args).outcome;
  }

  async write(path: string, text: string): Promise<void> {
    const full = join(this.directory, path);
    await mkdir(dirname(full), { recursive: true });
    await writeFile(full, text);
  }

  read(path: string): Promise<string> {
    return readFile(join(this.directory, path), 'utf8');
  }

  /** Every source file, from the directory of the host. */
  async sources(): Promise<string[]> {
    const found = await readdir(join(this.directory, 'src'), { recursive: true });
    return found
      .filter((path) => path.endsWith('.ts'))
      .map((path) => join('src', path))
      .toSorted();
  }

  /** Runs a tool of this project here, and gives what it said. Fails with that, too. */
  async run(script: string, args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<string> {
    const { PATH, HOME } = process.env;
    const options = { cwd: this.directory, env: { PATH, HOME, ...environment } };
    const command = [script.startsWith('dist/') ? script : join(ROOT, 'node_modules', script), ...args];
    const { stdout } = await promisify(execFile)(process.execPath, command, options).catch((error) => {
      throw new Error(`${script} failed in a ${this.type} host:\n${error.stdout}\n${error.stderr}`);
    });
    return stdout;
  }

  remove(): Promise<void> {
    return rm(this.directory, { recursive: true, force: true });
  }

  private link(name: string, target: string): Promise<void> {
    return symlink(target, join(this.directory, 'node_modules', name));
  }
}
