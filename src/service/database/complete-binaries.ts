import { access, chmod, constants, copyFile, readdir, readFile, stat, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { StartRefused } from '../config/start-refused.js';
import { DATABASE_URL_INSTEAD, type PostgresPackage } from './postgres-package.js';

/** An entry of `pg-symlinks.json`: two paths of one folder in the package, such as `native/lib/libpq.so.5`. */
interface Link {
  source: string;
  target: string;
}

/** The error codes of a file system to which this user may not write, and of one without symbolic links. */
const NOT_WRITABLE = new Set(['EACCES', 'EPERM', 'EROFS']);
const WITHOUT_LINKS = new Set(['EPERM', 'ENOTSUP', 'ENOSYS', 'EOPNOTSUPP']);

/**
 * Makes the parts that the installation left out. An npm package cannot contain symbolic links, so its install script
 * makes the links between the libraries. npm 12 runs no install script that is not allowed, and with `--ignore-scripts`
 * no npm runs one. Without the links the server does not find its libraries. An archive may also have removed a
 * program's right to be executed.
 *
 * Several processes may call this at once: a link that another process makes meanwhile is as good. A complete
 * installation is only read, so it may be read-only.
 *
 * @param native the folder from which the binaries are run: that of the package or a copy of it
 * @param instead an alternative for an installation that cannot be completed, in words
 * @throws StartRefused with cause and cure, when something is missing and cannot be made
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

/** There are none on Windows, whose libraries have no versions in their names. */
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
