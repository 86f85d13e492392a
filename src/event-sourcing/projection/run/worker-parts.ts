import type { LogSource } from '../../log/source/log-source.js';
import type { Database } from '../../postgres/database.js';
import type { ParkedKeys } from '../parking/parked-keys.js';
import type { Exchange } from '../rebuild/exchange.js';
import type { Rebuilds } from '../rebuild/rebuilds.js';
import type { RunnerParts } from './projection-runner.js';

/** The parts of a store that the work on a projection uses. */
export interface WorkerParts extends RunnerParts {
  database: Database;
  rebuilds: Rebuilds;
  exchange: Exchange;
  parkedKeys: ParkedKeys;
  source: LogSource;
}
