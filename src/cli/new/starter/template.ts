/**
 * Templates are ordinary source files, written for `sample-order` and its read model `sample-summary`. Every form of a
 * sample's name becomes the same form of the user's name: `SampleOrder` becomes `Invoice`, `sample_order_id` becomes
 * `invoice_id`. They end with `.template`, so compiler and linter do not take them for our code.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formsOf } from './name-forms.js';

const ENDING = '.template';

export interface SourceFile {
  /** The path below the directory of the files. */
  path: string;
  text: string;
}

/** The names that replace the samples. */
export type Renaming = Record<`sample-${string}`, string>;

/** The files of a folder of templates. */
export async function readTemplates(folder: 'aggregate' | 'read-model'): Promise<SourceFile[]> {
  const directory = join(import.meta.dirname, folder);
  const names = (await readdir(directory)).filter((name) => name.endsWith(ENDING)).toSorted();
  return Promise.all(
    names.map(async (name) => ({
      path: name.slice(0, -ENDING.length),
      text: await readFile(join(directory, name), 'utf8'),
    })),
  );
}

/** The text with the samples replaced. */
export function renamed(text: string, renaming: Renaming): string {
  const forms = new Map(
    Object.entries(renaming).flatMap(([sample, name]) => {
      const own = formsOf(name);
      return formsOf(sample).map((form, index) => [form, own[index]!] as const);
    }),
  );
  return text.replace(new RegExp([...forms.keys()].join('|'), 'g'), (form) => forms.get(form)!);
}

/** An identifier that would stand for two things at once, as in a `class Module` that imports Nest's. */
export function clashIn(template: string, renaming: Renaming): string | undefined {
  const meanings = new Map<string, string>();
  return [...new Set(identifiersOf(template))]
    .map((identifier) => [renamed(identifier, renaming), identifier] as const)
    .find(([name, identifier]) => {
      const isTaken = meanings.has(name);
      meanings.set(name, identifier);
      return isTaken;
    })?.[0];
}

const COMMENTS_AND_STRINGS = /\/\*[^]*?\*\/|\/\/.*|'[^']*'|`[^`]*`/g;

const identifiersOf = (source: string) =>
  source.replace(COMMENTS_AND_STRINGS, '').match(/[A-Za-z_]\w*/g) ?? [];
