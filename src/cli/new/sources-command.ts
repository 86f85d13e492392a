import { CliCommand } from '../command.js';

/** A command that writes source files, with the options of all such commands. */
export const sourcesCommand = (name: string, description: string): CliCommand =>
  new CliCommand(name, description)
    .option('--directory <D>', 'where the files go (default: src/<name>)')
    .option('--force', 'overwrite files that are there already')
    .option('--dry-run', 'only say which files it would write')
    .json('one JSON object: dryRun, files (path, action), next');
