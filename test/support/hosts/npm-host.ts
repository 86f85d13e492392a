import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CopiedHost, HOSTS, type SharedSources } from './copied-host.js';
import { ROOT } from './packed-package.js';

interface Parts extends SharedSources {
  /** The packages that are installed beside ours, with versions. */
  packages?: string[];
}

/**
 * An application into which npm has installed the package, as its user would. The packages of its lock come from npm's
 * cache or the network.
 *
 * @throws Error with npm's message, such as that peers do not fit
 */
export async function installByNpm(
  name: string,
  tarball: string,
  { packages = [], ...shared }: Parts,
): Promise<CopiedHost> {
  const host = await CopiedHost.copy(name, shared);
  await copyFile(join(ROOT, '.npmrc'), join(host.folder, '.npmrc'));
  await host.run('npm', ['install', tarball, ...packages, '--prefer-offline', '--loglevel=error']);
  return host;
}

/** The packages that a host did not have before. */
export async function addedTo({ name, folder }: CopiedHost): Promise<string[]> {
  const [before, now] = await Promise.all([join(HOSTS, name), folder].map(placesIn));
  return now!.filter((place) => !before!.includes(place));
}

/** The places of packages, by the lock file of a host. */
async function placesIn(host: string): Promise<string[]> {
  const { packages } = JSON.parse(await readFile(join(host, 'package-lock.json'), 'utf8'));
  return Object.keys(packages).filter((path) => path !== '');
}
