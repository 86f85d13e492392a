/**
 * The package as its users have it, installed once for all test files of a run.
 *
 * npm packs it, and npm decides the place of each package. Our own lock file is the start of npm's plan. So every
 * version is one that `npm ci` has put into this project, and no network is needed. The packages of the plan are then
 * links to those copies, and only our own is unpacked. An install by npm would write 21,000 files more, in 24 s instead
 * of 3 s of one core.
 */
import { chmod, copyFile, cp, mkdir, readdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { eventually } from '../eventually.js';
import { pack, type PackedPackage, ROOT, run } from './packed-package.js';

const HOSTS = join(ROOT, 'test/hosts');
const INSTALLED_WITHIN_MS = 120_000;

export interface InstalledPackage extends PackedPackage {
  /** The folder has the copies of `test/hosts`, and above them the `node_modules` that they share. */
  folder: string;
}

/** The folder that another test file of this run has installed, or will install. */
export async function installedPackage(): Promise<InstalledPackage> {
  const folder = process.env.EVENTFOLD_TEST_INSTALL;
  if (folder === undefined) throw new Error('The global setup of the end-to-end tests did not run.');
  const outcome = join(folder, 'outcome.json');
  if (await isFirst(folder)) {
    await install(folder).then(
      (packed) => write(outcome, { packed }),
      (error: Error) => write(outcome, { error: error.stack }),
    );
  }
  await eventually(() => readFile(outcome).then(() => undefined), INSTALLED_WITHIN_MS);
  const { packed, error } = await readJson(outcome);
  if (error !== undefined) throw new Error(`The package could not be installed: ${error}`);
  return { ...packed, folder };
}

const isFirst = (folder: string): Promise<boolean> =>
  mkdir(join(folder, 'claimed')).then(
    () => true,
    () => false,
  );

async function install(folder: string): Promise<PackedPackage> {
  const packed = await pack(folder);
  const names = await readdir(HOSTS);
  await cp(HOSTS, folder, { recursive: true });
  for (const name of names) await dependOn(packed.tarball, join(folder, name, 'package.json'));
  await write(join(folder, 'package.json'), { private: true, workspaces: names });
  await copyFile(join(ROOT, '.npmrc'), join(folder, '.npmrc'));
  for (const path of await plan(folder)) await link(join(ROOT, path), join(folder, path));
  await unpack(packed.tarball, join(folder, 'node_modules/nest-eventfold'));
  return packed;
}

async function dependOn(tarball: string, manifest: string): Promise<void> {
  const host = await readJson(manifest);
  host.dependencies['nest-eventfold'] = `file:${tarball}`;
  await write(manifest, host);
}

/**
 * The places of all packages but ours, from the folder, in npm's plan for the hosts. Optional packages are left out, as
 * a host with a database of its own may do.
 *
 * @throws Error when npm finds peers that do not fit, or wants another version than this project has
 */
async function plan(folder: string): Promise<string[]> {
  const lock = await readJson(join(ROOT, 'package-lock.json'));
  await write(join(folder, 'package-lock.json'), { ...lock, packages: { ...lock.packages, '': {} } });
  const options = ['--package-lock-only', '--prefer-offline', '--ignore-scripts', '--loglevel=error'];
  await run('npm', ['install', ...options], { cwd: folder });
  const wanted = Object.entries<any>((await readJson(join(folder, 'package-lock.json'))).packages);
  const places = wanted.filter(
    ([path, { link: isHost, optional }]) =>
      path.includes('node_modules/') && !isHost && !optional && !path.endsWith('/nest-eventfold'),
  );
  for (const [path, { version }] of places) {
    const found = await readJson(join(ROOT, path, 'package.json'));
    if (found.version !== version) throw new Error(`${path} is at ${found.version}, npm wants ${version}`);
  }
  return places.map(([path]) => path).filter((path) => path.lastIndexOf('node_modules/') === 0);
}

async function unpack(tarball: string, place: string): Promise<void> {
  await mkdir(place, { recursive: true });
  await run('tar', ['-xzf', tarball, '-C', place, '--strip-components=1']);
  const { bin } = await readJson(join(place, 'package.json'));
  for (const [name, script] of Object.entries<string>(bin)) {
    await chmod(join(place, script), 0o755);
    await link(join(place, script), join(dirname(place), '.bin', name));
  }
}

/** A link in the form in which npm makes it, and the folder for it. */
export async function link(target: string, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await symlink(relative(dirname(path), target), path);
}

const readJson = async (file: string): Promise<any> => JSON.parse(await readFile(file, 'utf8'));

/** All at once or not at all, since another process may be waiting for it. */
async function write(file: string, content: unknown): Promise<void> {
  await writeFile(`${file}.new`, JSON.stringify(content));
  await rename(`${file}.new`, file);
}
