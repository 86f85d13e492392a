import { Injectable } from '@nestjs/common';
import { resolve } from 'node:path';
import { Option } from 'nest-commander';
import { EventfoldCommand } from '../eventfold-command.js';
import { Output } from '../terminal/output.js';
import { printable } from '../terminal/printable.js';
import { HostProject } from './starter/host-project.js';
import { whyNoName } from './starter/name-forms.js';
import { type WriteOptions, type WrittenFile, writeNewFiles } from './starter/new-files.js';
import { clashIn, type Renaming, renamed, type SourceFile } from './starter/template.js';

export interface NewOptions extends WriteOptions {
  directory?: string;
  json?: boolean;
}

/** A command that writes the files of a folder of templates into an application. */
@Injectable()
export abstract class NewSourcesCommand extends EventfoldCommand {
  constructor(private readonly output: Output) {
    super();
  }

  protected checkedName(name: string): string {
    const why = whyNoName(name);
    return why === undefined ? name : this.command.error(`the name "${name}" ${why}`);
  }

  protected renamedFiles(templates: readonly SourceFile[], renaming: Renaming): SourceFile[] {
    return templates.map(({ path: template, text }) => {
      const path = renamed(template, renaming);
      const clash = clashIn(text, renaming);
      if (clash === undefined) return { path, text: renamed(text, renaming) };
      return this.command.error(`the name will not do: "${clash}" would stand for two things in ${path}`);
    });
  }

  /** @param next what the user has to do now, a sentence each */
  protected async deliver(
    directory: string,
    files: readonly SourceFile[],
    { json, ...options }: NewOptions,
    next: readonly string[],
  ): Promise<void> {
    const host = await HostProject.at(resolve(directory));
    const adapted = await Promise.all(files.map((file) => host.adapted(file)));
    const written = await writeNewFiles(directory, adapted, options);
    if (json) {
      const report = { dryRun: options.dryRun ?? false, files: written, next };
      return this.output.line(printable(JSON.stringify(report)));
    }
    for (const line of inWords(written, options, next)) await this.output.line(printable(line));
  }

  @Option({ flags: '--directory <D>', description: 'where the files go (default: src/<name>)' })
  parseDirectory(text: string): string {
    return text;
  }

  @Option({ flags: '--force', description: 'overwrite files that are there already' })
  parseForce(): boolean {
    return true;
  }

  @Option({ flags: '--dry-run', description: 'only say which files it would write' })
  parseDryRun(): boolean {
    return true;
  }

  @Option({ flags: '--json', description: 'one JSON object: dryRun, files (path, action), next' })
  parseJson(): boolean {
    return true;
  }
}

function inWords(
  written: readonly WrittenFile[],
  { dryRun = false }: WriteOptions,
  next: readonly string[],
): string[] {
  const width = Math.max(...written.map(({ action }) => action.length));
  const files = written.map(({ path, action }) => `${action.padEnd(width)}  ${path}`);
  if (dryRun) return ['Without --dry-run, these would be:', ...files];
  return [...files, '', 'Next:', ...next.map((step, index) => `  ${index + 1}. ${step}`)];
}
