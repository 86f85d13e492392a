import { access, chmod, constants, copyFile, readdir, readFile, stat, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { StartRefused } from '../config/start-refused.js';
import { DATABASE_URL_INSTEAD, type PostgresPackage } from './postgres-package.js';

/** An entry of `pg-symlinks.json`: both are paths in the package, such as `native/lib/libpq.so.5`, of one folder. */
interface Link {
  source: string;
  target: string;
}

/** What a file system answers that this user may not write to, and one that has no symbolic links. */
const NOT_WRITABLE = new Set(['EACCES', 'EPERM', 'EROFS']);
const WITHOUT_LINKS = new Set(['EPERM', 'ENOTSUP', 'ENOSYS', 'EOPNOTSUPP']);

/**
 * Makes what the installation left out. An npm package cannot contain symbolic links, so its install script makes the
 * links between the libraries. npm 12 runs no install script that is not allowed, and no npm does with
 * `--ignore-scripts`. Without the links the server does not find its libraries. An archive may also have taken a
 * program's right to be run.
 *
 * Several processes may call this at once: a link that another has made meanwhile is as good. A complete installation
 * is only read, so that it may be read-only.
 *
 * @param native the folder that the binaries are run from: that of the package or a copy of it
 * @param instead what to do where it cannot be completed
 * @throws StartRefused with cause and cure, where something is missing and cannot be made
 */
export async function completeBinaries(
  native: string,
  { name }: PostgresPackage,
  instead = DATABASE_URL_INSTEAD,
): Promise<void> {
  try {
    for (const link of await linksOf(native)) await makeLink(native, link);
    if (process.platform !== 'win32') await makeExecutable(join(native, 'bin'));
  } catch (cause) {
    if (!NOT_WRITABLE.has((cause as NodeJS.ErrnoException).code ?? '')) throw cause;
    throw new StartRefused(
      `The embedded PostgreSQL in ${native} is incomplete, since the install script of ${name} has not run, and this ` +
        `user may not complete it: run "npm rebuild ${name}" or start once as a user who may write ` +
        `there, or ${instead}.`,
      { cause },
    );
  }
}

/** None on Windows, whose libraries have no versions in their names. */
async function linksOf(native: string): Promise<Link[]> {
  return JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]')) as Link[];
}

async function makeLink(native: string, { source, target }: Link): Promise<void> {
  const place = join(native, target.replace(/^native\//, ''));
  if (await isThere(place)) return;
  const original = basename(source); // relative, so that the folder may be moved and copied
  try {
    await symlink(original, place);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    if (!WITHOUT_LINKS.has(code)) throw error;
    await copyFile(join(dirname(place), original), place);
  }
}

async function makeExecutable(bin: string): Promise<void> {
  for (const program of await readdir(bin)) {
    const path = join(bin, program);
    const isExecutable = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (!isExecutable) await chmod(path, ((await stat(path)).mode & 0o777) | 0o111);
  }
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
