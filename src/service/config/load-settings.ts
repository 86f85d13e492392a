import { ConfigModule } from '@nestjs/config';
import { resolve } from 'node:path';
import { readSettings, type SettingName, Settings, StartRefused } from './settings.js';

/** Where a value comes from. The real environment wins over the file, and what is empty there is not set. */
export type Source = 'environment' | '.env' | 'default';

export interface LoadedSettings {
  settings: Settings;
  sources: Record<SettingName, Source>;
}

type Variables = Record<string, string | undefined>;

/**
 * Reads the environment and `.env` of a directory, once for the whole process: the database is needed before
 * there is an application, whose `ConfigService` is then given these same settings (`SettingsModule`).
 *
 * @param names those that matter; the others keep their defaults
 * @param directory the working directory by default
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
    return {}; // what it is given here, `ConfigModule` would copy into `process.env`, where child processes see it
  };
  try {
    // `validatePredefined: false`: it is shown the file alone, since it would let an empty variable hide the file's.
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
