import { type LoadedSettings, loadSettings } from '../../service/config/load-settings.js';
import { masked } from '../../service/config/masked.js';
import { type SettingName, StartRefused } from '../../service/config/settings.js';
import { CommandFailure } from '../command-failure.js';
import type { Terminal } from '../terminal/terminal.js';
import type { ShownSetting } from './shown-setting.js';

/** The settings with which the service would start here. @throws CommandFailure when it would not start */
export async function serviceSettings(terminal: Terminal): Promise<ShownSetting[]> {
  const { settings, sources } = await load(terminal);
  return (Object.keys(sources) as SettingName[]).map((name) => {
    const value = settings[name];
    return { name, value: value === undefined ? null : masked(name, value), source: sources[name] };
  });
}

async function load({ environment, directory }: Terminal): Promise<LoadedSettings> {
  try {
    return await loadSettings(environment, undefined, directory);
  } catch (error) {
    throw error instanceof StartRefused ? new CommandFailure(error.message, 2) : error;
  }
}
