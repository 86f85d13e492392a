/** An application in a folder of its own, for source files of the command line, with its tools. */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { startEventfold } from '../cli.js';
import type { CliOutcome } from '../processes/cli-process.js';

const ROOT = join(import.meta.dirname, '../../..');

/** The strictest settings, so that the files compile in any project. */
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

type ModuleType = 'module' | 'commonjs';

/** A folder for hosts, with all packages of this project and the project itself. */
export async function createWorkspace(): Promise<string> {
  const workspace = await mkdtemp(join(tmpdir(), 'eventfold-new-'));
  const [packages, linked] = [join(ROOT, 'node_modules'), join(workspace, 'node_modules')];
  await mkdir(linked);
  await symlink(join(ROOT, 'dist/package'), join(linked, 'nest-eventfold'));
  await Promise.all(
    (await readdir(packages)).map((name) => symlink(join(packages, name), join(linked, name))),
  );
  return workspace;
}

/**
 * Compiles all hosts of a workspace at once: most of the time goes into the types of the packages, which two hosts
 * share.
 */
export async function compileHosts(workspace: string, hosts: readonly StarterHost[]): Promise<void> {
  const config = { compilerOptions: { ...COMPILER_OPTIONS, rootDir: '.' }, include: ['*/src'] };
  await writeFile(join(workspace, 'tsconfig.json'), JSON.stringify(config));
  await hosts[0]!.run('typescript/bin/tsc', ['--project', workspace]);
  for (const { type } of hosts) {
    await writeFile(join(workspace, 'dist', type, 'package.json'), JSON.stringify({ type }));
  }
}

export class StarterHost {
  private constructor(
    readonly directory: string,
    readonly type: ModuleType,
  ) {}

  /** @param workspace default: a new one */
  static async create(type: ModuleType, devDependencies = {}, workspace?: string): Promise<StarterHost> {
    const host = new StarterHost(join(workspace ?? (await createWorkspace()), type), type);
    await host.write('package.json', JSON.stringify({ name: 'host', type, devDependencies }));
    await host.write(
      'tsconfig.json',
      JSON.stringify({ compilerOptions: COMPILER_OPTIONS, include: ['src'] }),
    );
    for (const file of ['.prettierrc', '.oxlintrc.json']) {
      await cp(join(ROOT, file), join(host.directory, file));
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

  /** Every source file, as a path from the directory of the host. */
  async sources(): Promise<string[]> {
    const found = await readdir(join(this.directory, 'src'), { recursive: true });
    return found
      .filter((path) => path.endsWith('.ts'))
      .map((path) => join('src', path))
      .toSorted();
  }

  /** Runs a tool of this project here, and returns its output. A failure has the output, too. */
  run(tool: string, args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<string> {
    return this.execute([join(ROOT, 'node_modules', tool), ...args], environment);
  }

  /** Runs compiled source files of the host in one process. */
  start(sources: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<string> {
    const built = sources.map((path) => join('..', 'dist', this.type, path.replace(/ts$/, 'js')));
    const others = built.slice(0, -1).flatMap((path) => ['--import', `./${path}`]);
    return this.execute([...others, built.at(-1)!], environment);
  }

  /** Removes it with its workspace. */
  remove(): Promise<void> {
    return rm(dirname(this.directory), { recursive: true, force: true });
  }

  private async execute(args: readonly string[], environment: NodeJS.ProcessEnv): Promise<string> {
    const { PATH, HOME } = process.env;
    const options = { cwd: this.directory, env: { PATH, HOME, ...environment } };
    const { stdout } = await promisify(execFile)(process.execPath, args, options).catch((error) => {
      throw new Error(`${args.join(' ')} failed in a ${this.type} host:\n${error.stdout}\n${error.stderr}`);
    });
    return stdout;
  }
}
