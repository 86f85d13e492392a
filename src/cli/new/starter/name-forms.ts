import { Script, runInNewContext } from 'node:vm';

/** Longest name: a table and its constraint have it in their names, and PostgreSQL cuts names off at 63 bytes. */
const MAX_LENGTH = 50;

const capitalised = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);

export const camelCase = (name: string) => name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
export const pascalCase = (name: string) => capitalised(camelCase(name));
export const constantCase = (name: string) => name.replaceAll('-', '_').toUpperCase();

/** Every form of a name in source text: file, class, variable, constant, table, and words in a sentence. */
export function formsOf(name: string): string[] {
  const snake = name.replaceAll('-', '_');
  const spoken = name.replaceAll('-', ' ');
  return [name, pascalCase(name), camelCase(name), constantCase(name), snake, spoken, capitalised(spoken)];
}

/** The reason why a name cannot be used in code, in words that follow "it"; undefined when it can. */
export function whyNoName(name: string): string | undefined {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) {
    return `must be lower-case words joined by hyphens, a letter first, such as ${kebabOf(name)}`;
  }
  if (name.length > MAX_LENGTH) return `is longer than ${MAX_LENGTH} characters`;
  const taken = [camelCase(name), pascalCase(name)].find((form) => isReserved(form) || BUILT_IN.has(form));
  return taken && `would need a "${taken}" in the code, which is a word of JavaScript's own`;
}

/** The nearest valid name, or an example when there is none. */
function kebabOf(text: string): string {
  const words = text.replace(/([a-z0-9])([A-Z])/g, '$1-$2').toLowerCase();
  const name = words.replace(/[^a-z0-9]+/g, '-').replace(/^[^a-z]+|-+$/g, '');
  return name === '' ? 'order-line' : name;
}

/** Names of JavaScript, such as `Promise` and `undefined`: a class or variable with such a name would hide it. */
const BUILT_IN = new Set<string>(runInNewContext('Object.getOwnPropertyNames(globalThis)'));

function isReserved(word: string): boolean {
  try {
    void new Script(`'use strict'; async () => { let ${word}; }`);
    return false;
  } catch {
    return true;
  }
}
