import type { DataSource } from 'typeorm';
import {
  type CheckResult,
  resultOf,
  type Seen,
  type ExaminedProcess,
  examinedProcess,
} from '../../event-sourcing/doctor/check.js';
import { examine } from '../../event-sourcing/doctor/examine.js';
import { examineSessions } from '../../event-sourcing/doctor/sessions.js';
import { Database } from '../../event-sourcing/for-service.js';
import { Projections } from '../../event-sourcing/index.js';
import { ResolvedOptions } from '../../event-sourcing/options.js';
import { poolOf } from '../../event-sourcing/postgres/pool.js';
import { isNative } from '../../event-sourcing/postgres/pool-requirements.js';
import { rowTablesOf } from '../../event-sourcing/doctor/required-tables.js';
import { statedOptions } from '../host/host-application.js';
import { pendingOf } from '../migrate/migrate-host.js';
import type { OpenStore } from '../open-store.js';

const MIGRATIONS = { name: 'migrations', right: 'all that the data source lists have run' };

/** Two connections are compared. */
const CONNECTIONS = 2;

/** The process of an application with the settings that it has here, and its database. */
export async function examineHost(store: OpenStore): Promise<CheckResult[]> {
  const dataSource = store.dataSource;
  const pool = poolOf(dataSource);
  const client = await pool.connect();
  client.release();
  return [
    resultOf(MIGRATIONS, await migrationsSeen(dataSource)),
    ...(await examine(dataSource, processOf(store), isNative(client))),
    ...(store.get(Database).poolSize < CONNECTIONS ? [] : await examineSessions(pool)),
  ];
}

function processOf(store: OpenStore): ExaminedProcess {
  const options = store.get(ResolvedOptions);
  const { foldings } = store.get(Projections);
  const { projections = true } = statedOptions(options);
  return examinedProcess(options, {
    folds: projections && foldings.length > 0,
    mayOnlyRead: !projections,
    isStarting: false,
    poolSize: store.get(Database).poolSize,
    rowTables: foldings.flatMap((folding) => rowTablesOf(folding).map(([table]) => table)),
  });
}

async function migrationsSeen(dataSource: DataSource): Promise<Seen> {
  if (dataSource.migrations.length === 0) return { value: 'none listed' };
  const pending = await pendingOf(dataSource);
  if (pending.length === 0) return { value: 'up to date' };
  const says = `Migrations of the application are pending: ${pending.join(', ')}.`;
  const cure = 'Run "eventfold migrate", or migrate as the application does always.';
  return { value: `${pending.length} pending`, finding: { severity: 'wrong', says, cure } };
}
