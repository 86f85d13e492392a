/**
 * A process may hold two copies of a package: a second version under the node_modules of another package, or a link.
 * Two copies of this one have two of each class and token, and neither finds what the other has registered; two of
 * TypeORM have two classes `DataSource`, so that none is found. What Nest says of it names neither cause nor cure.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Known to every copy. */
const USED = Symbol.for('nest-eventfold.used');

/**
 * To be called by what an application calls, not by what its imports run: those have no effect.
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
 * Whether the places are one package in its two forms: `chunks/core.js` for `import`, `cjs/chunks/core.js` for
 * `require`. Node.js itself takes the first for both; what loads modules in its own way, such as Jest, may not.
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

/** Where a package is found by code at a place; undefined when it is not. */
export function placeOf(name: string, from: string): string | undefined {
  try {
    return createRequire(from).resolve(name);
  } catch {
    return undefined;
  }
}

/** The places where this package and the application find another one. */
export const placesOf = (name: string, application = join(process.cwd(), 'package.json')): string[] => {
  const places = [import.meta.url, application].map((from) => placeOf(name, from));
  return [...new Set(places.filter((place) => place !== undefined))];
};

/** What two copies of a package come to, and what to do about them. */
export const twoCopies = (name: string, places: readonly string[]) => ({
  says:
    `The process has two copies of ${name}: ${places.join(' and ')}. ` +
    'What one of them registers, the other does not find.',
  cure:
    `Keep one: give all packages the same version of ${name}, ` +
    `and run "npm dedupe" ("npm ls ${name}" shows who brings it).`,
});

/** To be thrown, where what was asked for is none of the class that it is looked for by. */
export function twoCopiesError(name: string, places: readonly string[]): Error {
  const { says, cure } = twoCopies(name, places);
  return new Error(`${says} ${cure}`);
}
