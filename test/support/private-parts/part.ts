import { createRequire } from 'node:module';

/** A private part of a library that we use. */
export interface Part {
  library: string;
  /** The path below `src`. */
  usedIn: string;
  /** The word in that file for the private part. */
  term: string;
  /** What we read or call, and what we expect of it, in a sentence. */
  says: string;
  /** @param url of an empty database @throws when the expectation does not hold */
  holds: (url: string) => void | Promise<void>;
}

const require = createRequire(import.meta.url);

export function versionOf(library: string): string {
  // The entry of a package can be resolved with any `exports`; its package.json may not be.
  const entry = require.resolve(library);
  const folder = entry.slice(0, entry.lastIndexOf(`node_modules/${library}/`));
  return (require(`${folder}node_modules/${library}/package.json`) as { version: string }).version;
}

/** @throws Error that names library, version, part and file */
export async function requirePart({ library, usedIn, says, holds }: Part, url: string): Promise<void> {
  try {
    await holds(url);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    const version = versionOf(library);
    throw new Error(
      `${library} ${version} has moved what src/${usedIn} uses. Expected: ${says} Seen: ${message}`,
      {
        cause,
      },
    );
  }
}
