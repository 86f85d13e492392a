import { copyFile, cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT, run } from './packed-package.js';

/** Applications whose packages are not those of this project, each with a lock of its own. */
const HOSTS = join(ROOT, 'test/hosts-by-npm');
const RUNS_WITHIN_MS = 300_000;

interface Parts {
  /** By folder of the host: the one in `test/hosts` whose sources it shares. */
  sources: Record<string, string>;
  /** What is installed beside the package, with versions. */
  packages?: string[];
}

/** An application into which npm has installed the package, as its user would. */
export class NpmHost {
  private constructor(
    private readonly name: string,
    readonly folder: string,
  ) {}

  /**
   * Copies a host, and the sources of those in `test/hosts` that it shares, and installs the tarball there. The packages
   * of its lock come out of npm's cache, or over the network.
   *
   * @throws Error with what npm says, such as that peers do not fit
   */
  static async install(name: string, tarball: string, { sources, packages = [] }: Parts): Promise<NpmHost> {
    const host = new NpmHost(name, await mkdtemp(join(tmpdir(), `eventfold-${name}-`)));
    await cp(join(HOSTS, name), host.folder, { recursive: true });
    for (const [folder, shared] of Object.entries(sources)) {
      const place = join(host.folder, folder, 'src');
      await cp(join(ROOT, 'test/hosts', shared, 'src'), place, { recursive: true });
    }
    await copyFile(join(ROOT, '.npmrc'), join(host.folder, '.npmrc'));
    await host.run('npm', ['install', tarball, ...packages, '--prefer-offline', '--loglevel=error']);
    return host;
  }

  /** The packages that it did not have before. */
  async added(): Promise<string[]> {
    const [before, now] = await Promise.all([join(HOSTS, this.name), this.folder].map(placesIn));
    return now!.filter((place) => !before!.includes(place));
  }

  /**
   * Runs a program there.
   *
   * @param folder where, below the folder of the host
   * @returns what it printed
   * @throws Error with what it printed, when it fails
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
}

/** Where npm has put packages, by the lock of a host. */
async function placesIn(host: string): Promise<string[]> {
  const { packages } = JSON.parse(await readFile(join(host, 'package-lock.json'), 'utf8'));
  return Object.keys(packages).filter((path) => path !== '');
}
