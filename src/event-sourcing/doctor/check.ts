/** The doctor's checks, and the form of their results. */

import type { ResolvedOptions } from '../options.js';
import { quoteIdentifier } from '../postgres/identifier.js';

/** How bad a finding is: Eventfold cannot work with a `wrong` one. A check without a finding is fine. */
export type Severity = 'warn' | 'wrong';

export interface Finding {
  severity: Severity;
  /** The fact and its consequence, in a sentence. */
  says: string;
  /** The remedy, in a sentence. */
  cure: string;
}

/** The value that a check has seen, and its finding. */
export interface Seen {
  value: string;
  finding?: Finding | undefined;
}

/** The process that is, or will be, started. */
export interface ExaminedProcess {
  schema: string;
  /** The schema, quoted for SQL. */
  quotedSchema: string;
  /** The channel on which processes tell each other that the log has grown. */
  logChannel: string;
  /** Whether the log is in this database. */
  hasLog: boolean;
  /** Whether the process folds projections. */
  folds: boolean;
  /**
   * Whether the process may serve queries alone (`projections: false`): a missing right to write is then only a
   * warning.
   */
  mayOnlyRead: boolean;
  /** Whether the process starts now, in addition to those that run. */
  isStarting: boolean;
  /** Maximum size of its connection pool. */
  poolSize: number;
  /** The tables of its read models, quoted for SQL. */
  rowTables: readonly string[];
}

export const examinedProcess = (
  { schema, quotedSchema, logChannel, hasLog }: ResolvedOptions,
  others: Omit<ExaminedProcess, 'schema' | 'quotedSchema' | 'logChannel' | 'hasLog'>,
): ExaminedProcess => ({ schema, quotedSchema, logChannel, hasLog, ...others });

/** Facts about the process itself. */
export interface ProcessFacts {
  nodeVersion: string;
  /** The paths at which this package and the application find TypeORM. */
  typeormPlaces: readonly string[];
  /** Whether the pool uses pg-native. */
  isNative: boolean;
}

/** The answers of the server to one query. */
export interface ServerFacts {
  /** Settings of PostgreSQL, as it writes them; null for a setting that this server does not know. */
  settings: Readonly<Record<string, string | null>>;
  /** The answer to each check with an SQL expression, by the name of the check. */
  answers: Readonly<Record<string, unknown>>;
  user: string;
  database: string;
}

export interface Facts extends ServerFacts {
  examined: ExaminedProcess;
  process: ProcessFacts;
}

/** One check. The start of a process and the command `doctor` use the same ones. */
export interface Check {
  readonly name: string;
  /** The right value, in words. */
  readonly right: string;
  /** The settings of PostgreSQL that the check reads. */
  readonly settings?: readonly string[];
  /**
   * An SQL expression that the check needs besides. It is part of the one query of `selectServerFacts`, and may use the
   * parameters and named steps of that query.
   */
  readonly sql?: string;
  look(facts: Facts): Seen;
}

/** The result of a check. */
export interface CheckResult {
  name: string;
  status: 'ok' | Severity;
  value: string;
  right: string;
  /** The problem; null when there is none. */
  finding: string | null;
  /** The remedy; null when there is no problem. */
  cure: string | null;
}

export const resultOf = ({ name, right }: Pick<Check, 'name' | 'right'>, seen: Seen): CheckResult => ({
  name,
  status: seen.finding?.severity ?? 'ok',
  value: seen.value,
  right,
  finding: seen.finding?.says ?? null,
  cure: seen.finding?.cure ?? null,
});

/** The statement that changes a setting of PostgreSQL for the connected role. */
export const alterRole = ({ user }: Pick<ServerFacts, 'user'>, setting: string, value: string) =>
  `alter role ${quoteIdentifier(user)} set ${setting} = ${value}`;
