/** Checks of the settings that the sessions of one role on one database have. */
import { alterRole, type Check, type Facts } from './check.js';

/** A greater difference between the clocks, in ms, is a finding. */
const CLOCKS_APART_MS = 5_000;

const isolation: Check = {
  name: 'default_transaction_isolation',
  right: 'read committed',
  settings: ['default_transaction_isolation'],
  look(facts) {
    const value = facts.settings['default_transaction_isolation']!;
    if (value === 'read committed') return { value };
    const says =
      `default_transaction_isolation is ${value}: ` +
      'each append and each query takes two more round trips, since it must ask for another.';
    const cure =
      'Leave the default as it is: ' +
      `${alterRole(facts, 'default_transaction_isolation', "'read committed'")}.`;
    return { value, finding: { severity: 'warn', says, cure } };
  },
};

/** A time limit of PostgreSQL, and the work that it cuts off. */
interface Limit {
  name: string;
  /** A limit of this many ms or more does no harm. Without this value every limit does harm. */
  harmlessFromMs?: number;
  harm: string;
}

const LIMITS: readonly Limit[] = [
  {
    name: 'statement_timeout',
    harmlessFromMs: 5_000,
    harm: 'a turn that writes many rows is cut off, and tried again for ever; appends that wait for others fail.',
  },
  {
    name: 'lock_timeout',
    harmlessFromMs: 1_000,
    harm: 'appends that wait for others fail with 503.',
  },
  {
    name: 'idle_in_transaction_session_timeout',
    harmlessFromMs: 10_000,
    harm:
      'the session that holds the lock of a migration is ended before the migration is done, ' +
      'and so is a transaction of the application that appends and takes its time. ' +
      'Turns and rebuilds lift it.',
  },
  {
    name: 'transaction_timeout',
    harmlessFromMs: 60_000,
    harm: 'a migration, and a look through the whole log, are cut off. Turns and rebuilds lift it.',
  },
  {
    name: 'idle_session_timeout',
    harm:
      'the connection that listens for notifications is idle by nature, and is lost again and again; ' +
      'events of other processes are then found by polling.',
  },
];

const UNITS: Record<string, number> = { '': 1, ms: 1, s: 1_000, min: 60_000, h: 3_600_000, d: 86_400_000 };

/** A time as `current_setting` gives it: `250ms`, `5s`. */
function millisecondsOf(setting: string): number {
  const [, number, unit] = /^(\d+)(\w*)$/.exec(setting)!;
  return Number(number) * UNITS[unit!]!;
}

const timeLimit = ({ name, harmlessFromMs = Infinity, harm }: Limit): Check => ({
  name,
  right:
    harmlessFromMs === Infinity ? '0 (no limit)' : `0 (no limit), or ${harmlessFromMs / 1_000} s and more`,
  settings: [name],
  look(facts) {
    const ms = millisecondsOf(facts.settings[name] ?? '0'); // `transaction_timeout` exists from PostgreSQL 17 on
    const value = ms === 0 ? '0' : `${ms} ms`;
    if (ms === 0 || ms >= harmlessFromMs) return { value };
    const says = `${name} is ${value}: ${harm}`;
    return { value, finding: { severity: 'warn', says, cure: `Lift it: ${alterRole(facts, name, '0')}.` } };
  },
});

/** Below 1, PostgreSQL returns `double precision` numbers with fewer digits than they have, also within JSON. */
const floatDigits: Check = {
  name: 'extra_float_digits',
  right: '1 and more: numbers come with all their digits',
  settings: ['extra_float_digits'],
  look(facts) {
    const value = facts.settings['extra_float_digits']!;
    if (Number(value) >= 1) return { value };
    const says =
      `extra_float_digits is ${value}: numbers come without their last digits, ` +
      'so that rows change when they are read and written again, and times of events are wrong.';
    const cure = `Leave the default: ${alterRole(facts, 'extra_float_digits', '1')}.`;
    return { value, finding: { severity: 'wrong', says, cure } };
  },
};

const timeZone: Check = {
  name: 'time zone',
  right: 'any: times are stored with their zone',
  settings: ['TimeZone'],
  look: ({ settings }) => ({ value: settings['TimeZone']! }),
};

const clock: Check = {
  name: 'clock',
  right: `within ${CLOCKS_APART_MS / 1_000} s of the clock of the database`,
  sql: 'extract(epoch from clock_timestamp())::float8 * 1000',
  look({ answers }) {
    const ms = answers['clock'] as number;
    const value = `${(ms / 1_000).toFixed(1)} s`;
    if (Math.abs(ms) <= CLOCKS_APART_MS) return { value };
    const says =
      `The clock of the database is ${Math.abs(ms / 1_000).toFixed(1)} s ${ms > 0 ? 'ahead of' : 'behind'} ` +
      'that of this machine: events have the time of the database, ' +
      'tokens and fading scores that of this machine.';
    return { value, finding: { severity: 'warn', says, cure: 'Let both machines keep time by NTP.' } };
  },
};

interface Connections {
  /** Sessions that are not Eventfold's. */
  others: number;
  /** Processes that fold in this database. Each has one listening session. */
  listening: number;
  /** Connection limit of the role; -1 means no limit. `databaseLimit` is the same for the database. */
  roleLimit: number;
  databaseLimit: number;
}

/** Connections of one process: its pool, and one that listens when it folds. */
const connectionsOf = ({ examined }: Facts) => examined.poolSize + (examined.folds ? 1 : 0);

const connections: Check = {
  name: 'max_connections',
  right: 'room for the pools of all processes, and for the sessions of others',
  settings: ['max_connections', 'superuser_reserved_connections', 'reserved_connections'],
  sql: `(select jsonb_build_object(
      'others', count(*) filter (where usesysid is not null
                                   and application_name is distinct from current_setting('application_name')
                                   and application_name is distinct from 'eventfold listener'),
      'listening', count(*) filter (where datid = here.oid and application_name = 'eventfold listener'),
      'roleLimit', (select rolconnlimit from pg_roles where rolname = current_user),
      'databaseLimit', here.datconnlimit)
    from sessions, (select oid, datconnlimit from pg_database where datname = current_database()) here
   group by here.oid, here.datconnlimit)`,
  look(facts) {
    const { settings, answers, examined } = facts;
    const { others, listening, roleLimit, databaseLimit } = answers['max_connections'] as Connections;
    const processes = examined.isStarting ? listening + 1 : Math.max(listening, 1);
    const [max, ...reserved] = [
      'max_connections',
      'superuser_reserved_connections',
      'reserved_connections',
    ].map((name) => Number(settings[name] ?? 0));
    const limits = [roleLimit, databaseLimit].filter((limit) => limit >= 0);
    const room = Math.min(max! - reserved[0]! - reserved[1]! - others, ...limits);
    const needed = processes * connectionsOf(facts);
    const value = `${needed} of ${room}`;
    if (needed <= room) return { value };
    const says =
      `${processes} ${processes === 1 ? 'process needs' : 'processes need'} up to ${needed} connections, ` +
      `and the server has room for ${room} (max_connections ${max}, less those that are reserved, ` +
      'or others have, or within a limit of the role or the database).';
    const cure =
      'Make the pools smaller (DATABASE_POOL_SIZE, or poolSize of the data source), ' +
      'raise max_connections, or put a pooler between.';
    return { value, finding: { severity: 'warn', says, cure } };
  },
};

export const SESSION_CHECKS: readonly Check[] = [
  isolation,
  ...LIMITS.map(timeLimit),
  connections,
  clock,
  floatDigits,
  timeZone,
];
