import { resolve } from 'node:path';
import { WrongUsage } from '../command-failure.js';
import { printable } from '../terminal/printable.js';
import type { Terminal } from '../terminal/terminal.js';
import { HostProject } from './starter/host-project.js';
import { whyNoName } from './starter/name-forms.js';
import { type WriteOptions, type WrittenFile, writeNewFiles } from './starter/new-files.js';
import { clashIn, type Renaming, renamed, type SourceFile } from './starter/template.js';

export interface NewOptions extends WriteOptions {
  directory?: string;
}

/** The files that a command has made for an application. */
export interface NewSources {
  /** The path from the working directory. */
  directory: string;
  files: readonly SourceFile[];
  /** The next steps of the user, a sentence each. */
  next: readonly string[];
}

/** @throws WrongUsage when the name cannot be used in code */
export function checkedName(name: string): string {
  const why = whyNoName(name);
  if (why !== undefined) throw new WrongUsage(`the name "${name}" ${why}`);
  return name;
}

/** @throws WrongUsage when the files use a name for something else already */
export function renamedFiles(templates: readonly SourceFile[], renaming: Renaming): SourceFile[] {
  return templates.map(({ path: template, text }) => {
    const path = renamed(template, renaming);
    const clash = clashIn(text, renaming);
    if (clash === undefined) return { path, text: renamed(text, renaming) };
    throw new WrongUsage(`the name will not do: "${clash}" would stand for two things in ${path}`);
  });
}

/** Writes the files in the style of their project, and lists them. */
export async function writeSources(
  terminal: Terminal,
  { directory, files, next }: NewSources,
  { force, dryRun }: NewOptions,
): Promise<void> {
  const workingDirectory = terminal.directory;
  const host = await HostProject.at(resolve(workingDirectory, directory));
  const adapted = await Promise.all(files.map((file) => host.adapted(file)));
  const written = await writeNewFiles(directory, adapted, { force, dryRun, workingDirectory });
  await terminal.result({ dryRun: dryRun ?? false, files: written, next }, () =>
    (dryRun ? plan(written) : report(written, next)).map(printable),
  );
}

const plan = (written: readonly WrittenFile[]) => ['Without --dry-run, these would be:', ...linesOf(written)];

const report = (written: readonly WrittenFile[], next: readonly string[]) => [
  ...linesOf(written),
  '',
  'Next:',
  ...next.map((step, index) => `  ${index + 1}. ${step}`),
];

function linesOf(written: readonly WrittenFile[]): string[] {
  const width = Math.max(...written.map(({ action }) => action.length));
  return written.map(({ path, action }) => `${action.padEnd(width)}  ${path}`);
}
