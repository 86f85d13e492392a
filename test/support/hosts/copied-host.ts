import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT, run } from './packed-package.js';

/** Applications whose packages are not those of this project. */
export const HOSTS = join(ROOT, 'test/hosts-by-npm');
const RUNS_WITHIN_MS = 300_000;

export interface SharedSources {
  /** The host in `test/hosts` whose sources a host shares, by the host's folder. */
  sources: Record<string, string>;
  /** The tests in `test/hosts-by-npm` that a host has. Default: `app.spec.ts`. */
  specs?: string[];
}

/** An application in a folder of its own, into which a package manager installs the package. */
export class CopiedHost {
  private constructor(
    readonly name: string,
    readonly folder: string,
  ) {}

  static async copy(name: string, { sources, specs = ['app.spec.ts'] }: SharedSources): Promise<CopiedHost> {
    const host = new CopiedHost(name, await mkdtemp(join(tmpdir(), `eventfold-${name}-`)));
    await cp(join(HOSTS, name), host.folder, { recursive: true });
    for (const [folder, shared] of Object.entries(sources)) {
      const place = join(host.folder, folder, 'src');
      await cp(join(ROOT, 'test/hosts', shared, 'src'), place, { recursive: true });
      for (const spec of specs) await host.addSpec(folder, spec);
    }
    return host;
  }

  /**
   * Runs a program there.
   *
   * @param folder the working directory, below the folder of the host
   * @returns the output of the program
   * @throws Error with that output, when the program fails
   */
  async run(
    program: string,
    options: string[],
    environment: NodeJS.ProcessEnv = {},
    folder = '.',
  ): Promise<string> {
    const { PATH, HOME } = process.env;
    const env = { PATH, HOME, ...environment };
    const cwd = join(this.folder, folder);
    try {
      const { stdout } = await run(program, options, { cwd, env, timeout: RUNS_WITHIN_MS });
      return stdout;
    } catch (error) {
      const { stdout, stderr } = error as { stdout: string; stderr: string };
      throw new Error(`"${program} ${options.join(' ')}" fails:\n${stdout}${stderr}`, { cause: error });
    }
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  private async addSpec(folder: string, spec: string): Promise<void> {
    const { type } = JSON.parse(await readFile(join(this.folder, folder, 'package.json'), 'utf8'));
    const text = await readFile(join(HOSTS, spec), 'utf8');
    const shown = type === 'module' ? text : withoutExtensions(text);
    await writeFile(join(this.folder, folder, 'src', spec), shown);
  }
}

/** Source text in CommonJS, for test runners that do not find the TypeScript behind a `.js`. */
export const withoutExtensions = (text: string): string => text.replace(/(from '\.[^']+)\.js'/g, "$1'");
