import { type LoadedSettings, loadSettings } from '../../service/config/load-settings.js';
import { masked } from '../../service/config/masked.js';
import { type SettingName, StartRefused } from '../../service/config/settings.js';
import { CommandFailure } from '../command-failure.js';
import { table } from '../terminal/table.js';
import type { Terminal } from '../terminal/terminal.js';

export async function showConfig(terminal: Terminal): Promise<void> {
  const loaded = await load(terminal);
  const rows = (Object.keys(loaded.sources) as SettingName[]).map((name) => {
    const value = loaded.settings[name];
    return { name, value: value === undefined ? null : masked(name, value), source: loaded.sources[name] };
  });
  const byName = Object.fromEntries(rows.map(({ name, ...row }) => [name, row] as const));
  await terminal.result(byName, () => {
    const cells = rows.map(({ name, value, source }) => [name, String(value ?? '-'), source]);
    return table(terminal, [['setting', 'value', 'source'], ...cells]);
  });
}

async function load({ environment, directory }: Terminal): Promise<LoadedSettings> {
  try {
    return await loadSettings(environment, undefined, directory);
  } catch (error) {
    throw error instanceof StartRefused ? new CommandFailure(error.message, 2) : error;
  }
}
