import { locateApp } from '../host/app-location.js';
import type { AppLocation } from '../host/root-module.js';
import { table } from '../terminal/table.js';
import type { Terminal } from '../terminal/terminal.js';
import type { ShownSetting } from './shown-setting.js';

export async function showConfig(terminal: Terminal): Promise<void> {
  await show(terminal, (await hostSettings(terminal)) ?? (await serviceSettings(terminal)));
}

/** It is loaded here, since a host may not have the packages that validate settings. */
const serviceSettings = async (terminal: Terminal): Promise<ShownSetting[]> =>
  (await import('./service-settings.js')).serviceSettings(terminal);

async function show(terminal: Terminal, rows: ShownSetting[]): Promise<void> {
  const byName = Object.fromEntries(rows.map(({ name, ...row }) => [name, row] as const));
  await terminal.result(byName, () => {
    const cells = rows.map(({ name, value, source }) => [name, String(value ?? '-'), source]);
    return table(terminal, [['setting', 'value', 'source'], ...cells]);
  });
}

/** An application has its own settings, so those of the service do not count. */
async function hostSettings(terminal: Terminal): Promise<ShownSetting[] | undefined> {
  const { rootModule, options } = terminal;
  const location = rootModule === undefined ? await locateApp(terminal) : undefined;
  if (rootModule === undefined && location === undefined) return undefined;
  await (await import('../host/host-application.js')).rootModuleOf(terminal); // refuses one that does not load
  const app = location === undefined ? 'the module given to runCli' : shownApp(location);
  const store = {
    name: 'store',
    value: options.store ?? null,
    source: options.store ? '--store' : 'default',
  };
  return [{ name: 'app', value: app, source: location?.source ?? 'runCli' }, store];
}

const shownApp = ({ file, exportName }: AppLocation) => (exportName ? `${file}#${exportName}` : file);
