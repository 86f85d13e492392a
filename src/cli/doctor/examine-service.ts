import { DataSource } from 'typeorm';
import { type SettingName, type Settings, StartRefused } from '../../service/config/settings.js';
import { dataSourceOptions } from '../../service/database/data-source-options.js';
import { unusableDatabase } from '../../service/database/unusable-database.js';
import { type CheckResult, resultOf, examinedProcess } from '../../event-sourcing/doctor/check.js';
import { lookAtProcess, examine } from '../../event-sourcing/doctor/examine.js';
import { examineSessions } from '../../event-sourcing/doctor/sessions.js';
import { ResolvedOptions } from '../../event-sourcing/options.js';
import { poolOf } from '../../event-sourcing/postgres/pool.js';
import { isNative } from '../../event-sourcing/postgres/pool-requirements.js';
import { VARIABLES, withServer } from '../service-application.js';
import type { Terminal } from '../terminal/terminal.js';
import { examineMigrations, selectRowTables } from './schema-state.js';

/** The options of the service that is examined. */
const NAMES: SettingName[] = [...VARIABLES, 'DATABASE_POOL_SIZE', 'PROJECTIONS'];
/** The doctor's own connections: two whose sessions are compared, and one for its questions. */
const OWN_CONNECTIONS = 3;

const REACHABLE = { name: 'reachable', right: 'a database that answers' };

/** The process of the service with the settings here, and its database, which may not answer. */
export const examineService = (terminal: Terminal): Promise<CheckResult[]> =>
  withServer(terminal, NAMES, examineAt);

async function examineAt(settings: Settings, url: string): Promise<CheckResult[]> {
  const options = new ResolvedOptions({ schema: settings.DATABASE_SCHEMA });
  const examined = examinedProcess(options, {
    folds: settings.PROJECTIONS === 'on',
    mayOnlyRead: settings.PROJECTIONS === 'off',
    poolSize: settings.DATABASE_POOL_SIZE,
    rowTables: [],
    isStarting: false,
  });
  const dataSource = new DataSource(dataSourceOptions(url, options.schema, OWN_CONNECTIONS));
  try {
    await dataSource.initialize();
  } catch (cause) {
    return [unreachable(unusableDatabase(url, cause)), ...lookAtProcess(examined)];
  }
  try {
    const rowTables = await selectRowTables(dataSource, options);
    return [
      resultOf(REACHABLE, { value: 'yes' }),
      await examineMigrations(dataSource, options),
      ...(await examine(dataSource, { ...examined, rowTables }, await usesNative(dataSource))),
      ...(await examineSessions(poolOf(dataSource))),
    ];
  } finally {
    await dataSource.destroy();
  }
}

async function usesNative(dataSource: DataSource): Promise<boolean> {
  const client = await poolOf(dataSource).connect();
  client.release();
  return isNative(client);
}

function unreachable({ message }: StartRefused): CheckResult {
  const finding = {
    severity: 'wrong' as const,
    says: `${message[0]!.toUpperCase()}${message.slice(1)}.`,
    cure: 'Start the server, or correct DATABASE_URL. All other questions to it wait for that.',
  };
  return resultOf(REACHABLE, { value: 'no', finding });
}
