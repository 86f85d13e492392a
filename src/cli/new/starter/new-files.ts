import { lstat, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { CommandFailure } from '../../command-failure.js';
import type { SourceFile } from './template.js';

export interface WriteOptions {
  /** Overwrites existing files. */
  force?: boolean | undefined;
  /** Only prints what would be written. */
  dryRun?: boolean | undefined;
  /** Paths are relative to it. Default: the working directory of the process. */
  workingDirectory?: string;
}

export interface WrittenFile {
  /** The path from the working directory. */
  path: string;
  action: 'created' | 'overwritten';
}

/**
 * Writes all files, or none if one of them exists already.
 *
 * @throws CommandFailure when it must not overwrite, or cannot write
 */
export async function writeNewFiles(
  directory: string,
  files: readonly SourceFile[],
  { force = false, dryRun = false, workingDirectory = process.cwd() }: WriteOptions,
): Promise<WrittenFile[]> {
  const written = await Promise.all(
    files.map(async ({ path }): Promise<WrittenFile> => {
      const shown = join(directory, path);
      const isOld = await isThere(resolve(workingDirectory, shown));
      return { path: shown, action: isOld ? 'overwritten' : 'created' };
    }),
  );
  if (!force) refuseToOverwrite(written);
  if (dryRun) return written;
  const root = resolve(workingDirectory, directory);
  for (const file of files) await write(join(root, file.path), file.text, force);
  return written;
}

function refuseToOverwrite(files: readonly WrittenFile[]): void {
  const there = files.filter(({ action }) => action === 'overwritten').map(({ path }) => path);
  if (there.length === 0) return;
  throw new CommandFailure(
    `nothing was written, since there is already ${there.join(', ')}. Overwrite with --force, or name another --directory.`,
  );
}

async function write(path: string, text: string, force: boolean): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text, { flag: force ? 'w' : 'wx' });
  } catch (cause) {
    throw new CommandFailure(`${path} cannot be written: ${(cause as Error).message}`, 1, { cause });
  }
}

const isThere = (path: string) =>
  lstat(path).then(
    () => true,
    () => false,
  );
