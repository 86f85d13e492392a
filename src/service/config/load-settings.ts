import { ConfigModule } from '@nestjs/config';
import { resolve } from 'node:path';
import { readSettings, type SettingName, Settings, StartRefused } from './settings.js';

/** The source of a value. The environment wins over the file. An empty variable of the environment is not set. */
export type Source = 'environment' | '.env' | 'default';

export interface LoadedSettings {
  settings: Settings;
  sources: Record<SettingName, Source>;
}

type Variables = Record<string, string | undefined>;

/**
 * Reads the environment and the `.env` of a directory, once for the whole process. The database needs the settings
 * before there is an application, and `SettingsModule` gives the same settings to its `ConfigService`.
 *
 * @param names the settings that matter; the others keep their defaults
 * @param directory default: the working directory
 * @throws StartRefused as `readSettings` does, and when there is a `.env` that cannot be read
 */
export async function loadSettings(
  environment: Variables = process.env,
  names = Object.keys(new Settings()) as SettingName[],
  directory = process.cwd(),
): Promise<LoadedSettings> {
  const file = resolve(directory, '.env');
  let loaded: LoadedSettings | undefined;
  const validate = (values: Variables) => {
    loaded = resolveSettings(environment, values, names);
    return {}; // `ConfigModule` would copy values into `process.env`, where child processes see them
  };
  try {
    // `validatePredefined: false` shows it the file alone. Otherwise an empty variable would hide the value of the
    // file.
    await ConfigModule.forRoot({ envFilePath: file, validatePredefined: false, validate });
  } catch (error) {
    const { code, syscall, message } = error as NodeJS.ErrnoException;
    if (syscall === undefined) throw error;
    throw new StartRefused(`the file ${file} cannot be read: ${code ?? message}`, { cause: error });
  }
  return loaded!;
}

function resolveSettings(environment: Variables, file: Variables, names: SettingName[]): LoadedSettings {
  const sourceOf = (name: SettingName): Source => {
    if (!names.includes(name)) return 'default';
    if ((environment[name] ?? '') !== '') return 'environment';
    return (file[name] ?? '') === '' ? 'default' : '.env';
  };
  const all = Object.keys(new Settings()) as SettingName[];
  const sources = Object.fromEntries(all.map((name) => [name, sourceOf(name)])) as LoadedSettings['sources'];
  const variables = { environment, '.env': file, default: {} as Variables };
  const settings = readSettings(
    Object.fromEntries(all.map((name) => [name, variables[sources[name]][name]])),
  );
  return { settings, sources };
}
