import { Command, Help, Option } from 'nest-commander';
import { type LoadedSettings, loadSettings } from '../config/load-settings.js';
import { masked } from '../config/masked.js';
import { type SettingName, StartRefused } from '../config/settings.js';
import { EventfoldCommand } from './eventfold-command.js';
import { WrongUsage } from './failure.js';
import { Output } from './terminal/output.js';
import { table } from './terminal/table.js';

@Command({
  name: 'config',
  description: 'The settings that the service would start with here, and their source',
})
export class ConfigCommand extends EventfoldCommand {
  constructor(private readonly output: Output) {
    super();
  }

  async run(_: string[], { json }: { json?: boolean }): Promise<void> {
    const loaded = await load();
    const rows = (Object.keys(loaded.sources) as SettingName[]).map((name) => {
      const value = loaded.settings[name];
      return { name, value: value === undefined ? null : masked(name, value), source: loaded.sources[name] };
    });
    if (json) {
      const settings = rows.map(({ name, ...row }) => [name, row] as const);
      return this.output.line(JSON.stringify(Object.fromEntries(settings)));
    }
    const cells = rows.map(({ name, value, source }) => [name, String(value ?? '-'), source]);
    for (const line of table([['setting', 'value', 'source'], ...cells])) await this.output.line(line);
  }

  @Option({ flags: '--json', description: 'one JSON object: the value (null: not set) and source of each' })
  parseJson(): boolean {
    return true;
  }

  @Help('after')
  help(): string {
    return `
Values come from the environment, else from .env in the working directory, else they are defaults. Secrets are masked.
Needs no database. A combination with which the service would not start: its reason, and exit code 2.

Examples:
  eventfold config
  eventfold config --json
  HOST=0.0.0.0 eventfold config            would it start?`;
  }
}

async function load(): Promise<LoadedSettings> {
  try {
    return await loadSettings();
  } catch (error) {
    throw error instanceof StartRefused ? new WrongUsage(error.message) : error;
  }
}
