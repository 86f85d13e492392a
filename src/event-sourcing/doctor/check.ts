/** What the doctor looks at, and how it says what it has found. */

import type { ResolvedOptions } from '../options.js';
import { quoteIdentifier } from '../postgres/identifier.js';

/** Two of the three things that a check may come to: `wrong` is what this cannot work with. The third is nothing. */
export type Severity = 'warn' | 'wrong';

export interface Finding {
  severity: Severity;
  /** What is, and what follows from it, in a sentence. */
  says: string;
  /** What to do, in a sentence. */
  cure: string;
}

/** What a check has seen. */
export interface Seen {
  value: string;
  finding?: Finding | undefined;
}

/** The process that is, or shall be, started. */
export interface Subject {
  schema: string;
  /** The schema, quoted for SQL. */
  quotedSchema: string;
  /** The channel on which processes tell each other that the log has grown. */
  logChannel: string;
  /** Whether it folds projections. */
  folds: boolean;
  /** Whether it may be there for queries alone, as with `projections: false`: what it cannot write is no fault then. */
  mayOnlyRead: boolean;
  /** Whether it comes beside those that run already. */
  isStarting: boolean;
  /** Connections of its pool at most. */
  poolSize: number;
  /** The tables of its read models, quoted for SQL. */
  rowTables: readonly string[];
}

export const subjectOf = (
  { schema, quotedSchema, logChannel }: ResolvedOptions,
  others: Omit<Subject, 'schema' | 'quotedSchema' | 'logChannel'>,
): Subject => ({ schema, quotedSchema, logChannel, ...others });

/** What the process knows of itself. */
export interface ProcessFacts {
  nodeVersion: string;
  /** Where this package and the application find TypeORM. */
  typeormPlaces: readonly string[];
  /** Whether the pool uses pg-native. */
  isNative: boolean;
}

/** What one query has brought. */
export interface ServerFacts {
  /** Of PostgreSQL, in its own words. One that this server does not know is null. */
  settings: Readonly<Record<string, string | null>>;
  /** By the name of the check. */
  answers: Readonly<Record<string, unknown>>;
  user: string;
  database: string;
}

export interface Facts extends ServerFacts {
  subject: Subject;
  process: ProcessFacts;
}

/** One thing to look at. The start and the command `doctor` have the same ones. */
export interface Check {
  readonly name: string;
  /** What is right, in words. */
  readonly right: string;
  /** The settings of PostgreSQL that it looks at. */
  readonly settings?: readonly string[];
  /**
   * An expression that the server is asked besides, as part of the one query of `selectServerFacts`, whose parameters
   * and named steps it may use.
   */
  readonly sql?: string;
  look(facts: Facts): Seen;
}

/** A check, when it is done. */
export interface CheckResult {
  name: string;
  status: 'ok' | Severity;
  value: string;
  right: string;
  /** What is wrong; null when nothing is. */
  finding: string | null;
  /** What to do about it. */
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

/** How a setting of PostgreSQL is changed for the role that connects. */
export const alterRole = ({ user }: Pick<ServerFacts, 'user'>, setting: string, value: string) =>
  `alter role ${quoteIdentifier(user)} set ${setting} = ${value}`;
