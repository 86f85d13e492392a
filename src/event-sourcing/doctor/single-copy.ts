/**
 * A process may have two copies of a package: another version in the node_modules of another package, or a link. Two
 * copies of this package have two of each class and token, and neither finds the registrations of the other. Two copies
 * of TypeORM have two classes `DataSource`, so none is found. Nest's error for it names neither the cause nor the
 * remedy.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A symbol that every copy shares. */
const USED = Symbol.for('nest-eventfold.used');

/**
 * Called by functions that the application calls, not by code that runs at import: imports must have no effect.
 *
 * @throws Error when the process uses two copies of this package
 */
export function requireSingleCopy(place = fileURLToPath(import.meta.url)): void {
  const places = ((globalThis as Record<symbol, unknown>)[USED] ??= new Set()) as Set<string>;
  places.add(place);
  if (places.size > 1)
    throw areForms([...places]) ? twoFormsError() : twoCopiesError('nest-eventfold', [...places]);
}

/**
 * Whether the paths are one package in its two forms: `chunks/core.js` for `import`, `cjs/chunks/core.js` for
 * `require`. Node.js itself uses the first for both; a loader such as Jest's may not.
 */
function areForms(places: readonly string[]): boolean {
  const packages = places.map((place) => place.replace(/([\\/])cjs[\\/](chunks[\\/][^\\/]+)$/, '$1$2'));
  return new Set(packages).size === 1;
}

const twoFormsError = () =>
  new Error(
    'The process has loaded nest-eventfold twice, by import as ES modules and by require as CommonJS, and what one of ' +
      'them registers, the other does not find: load it one way in all files (Jest: let all be ES modules, or none).',
  );

/** The path at which code at a place finds a package; undefined when it does not. */
export function placeOf(name: string, from: string): string | undefined {
  try {
    return createRequire(from).resolve(name);
  } catch {
    return undefined;
  }
}

/** The different paths at which this package and the application find another package. */
export const placesOf = (name: string, application = join(process.cwd(), 'package.json')): string[] => {
  const places = [import.meta.url, application].map((from) => placeOf(name, from));
  return [...new Set(places.filter((place) => place !== undefined))];
};

/** The consequence of two copies of a package, and the remedy. */
export const twoCopies = (name: string, places: readonly string[]) => ({
  says:
    `The process has two copies of ${name}: ${places.join(' and ')}. ` +
    'What one of them registers, the other does not find.',
  cure:
    `Keep one: give all packages the same version of ${name}, ` +
    `and run "npm dedupe" ("npm ls ${name}" shows who brings it).`,
});

/** The error to throw when the object that was asked for is of another copy's class. */
export function twoCopiesError(name: string, places: readonly string[]): Error {
  const { says, cure } = twoCopies(name, places);
  return new Error(`${says} ${cure}`);
}
