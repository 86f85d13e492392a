import {
  chmod,
  chown,
  cp,
  mkdir,
  mkdtemp,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  symlink,
} from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { StartRefused } from '../config/start-refused.js';

/** The system user that a server started by root runs as: PostgreSQL refuses to run as root. */
export interface ServerUser {
  name: string;
  uid: number;
  gid: number;
}

/** The place for the owner's files when the owner cannot reach the wanted place. Only root uses it. */
const PUBLIC_PLACE = '/var/lib/eventfold';

/** The user to run as, or undefined when this process is not root and can run the server itself. */
export async function findServerUser(): Promise<ServerUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const users = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  for (const name of ['postgres', 'nobody']) {
    const entry = users.find((fields) => fields[0] === name);
    if (entry !== undefined) return { name, uid: Number(entry[2]), gid: Number(entry[3]) };
  }
  throw new StartRefused(
    'The embedded PostgreSQL cannot run as root, and there is no user "postgres" or "nobody" to run it as: ' +
      'start the service as an ordinary user, or set DATABASE_URL.',
  );
}

/**
 * A directory that the owner can reach. It is `wanted` itself, unless a folder above is closed to the owner. Then it is
 * a directory in a public place, and `wanted` becomes a link to it.
 */
export async function placeFor(wanted: string, owner: ServerUser | undefined): Promise<string> {
  const linked = await readlink(wanted).catch(() => undefined);
  if (linked !== undefined && (await stat(dirname(linked)).catch(() => undefined)) === undefined) {
    throw new StartRefused(
      `${wanted} leads to ${linked}, which is gone: bring it back, or remove the link to start afresh.`,
    );
  }
  const place = linked ?? wanted;
  if (owner === undefined) return place;
  if (linked === undefined && !(await canReach(dirname(wanted), owner))) {
    await mkdir(PUBLIC_PLACE, { recursive: true });
    await chmod(PUBLIC_PLACE, 0o755);
    const parent = await mkdtemp(join(PUBLIC_PLACE, 'data-'));
    await chown(parent, owner.uid, owner.gid);
    await symlink(join(parent, 'postgres'), wanted);
    return join(parent, 'postgres');
  }
  return place;
}

/** The server's binaries in a place where the owner can run them: the original place, or a copy. */
export async function reachableBinaries(
  native: string,
  version: string,
  owner: ServerUser | undefined,
): Promise<string> {
  if (owner === undefined || (await canReach(native, owner))) return native;
  const copy = join(PUBLIC_PLACE, `postgres-${version}`);
  if ((await stat(copy).catch(() => undefined)) === undefined) await copyBinaries(native, copy);
  return copy;
}

/** Renames the copy when it is complete, so no process runs half a copy. Another process may have been faster. */
async function copyBinaries(native: string, copy: string): Promise<void> {
  await mkdir(PUBLIC_PLACE, { recursive: true });
  await chmod(PUBLIC_PLACE, 0o755);
  const unfinished = await mkdtemp(`${copy}.unfinished-`);
  await cp(native, unfinished, { recursive: true, verbatimSymlinks: true });
  await chmod(unfinished, 0o755);
  await rename(unfinished, copy).catch(async (error: NodeJS.ErrnoException) => {
    await rm(unfinished, { recursive: true, force: true });
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
  });
}

/** Whether every folder on the way lets the owner through. */
async function canReach(path: string, owner: ServerUser): Promise<boolean> {
  for (let folder = resolve(path); ; folder = dirname(folder)) {
    const { mode, uid, gid } = await stat(folder);
    const bit = uid === owner.uid ? 0o100 : gid === owner.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}
