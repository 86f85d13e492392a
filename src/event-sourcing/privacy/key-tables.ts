import { DataSource } from 'typeorm';
import type { KeysElsewhere } from '../options/event-sourcing-options.js';
import type { ResolvedOptions } from '../options.js';
import type { Database, Statements } from '../postgres/database.js';
import { quoteIdentifier } from '../postgres/identifier.js';

/** Where the tables of keys are: in the database of the data source, or with a log that is elsewhere. */
export interface KeyTables {
  readonly statements: Statements;
  readonly schema: string;
  /** Whether this process may write to them. */
  readonly isOwn: boolean;
  /** A table of the schema, quoted for SQL. */
  qualified(name: string): string;
  close(): Promise<void>;
}

/** Undefined in a process whose log is elsewhere, and which was not told where its keys are. */
export function keyTables(options: ResolvedOptions, database: Database): KeyTables | undefined {
  const { keys } = options.privacy;
  if (keys !== undefined) return new TablesElsewhere(keys);
  if (!options.hasLog) return undefined;
  return {
    statements: database.statements,
    schema: options.schema,
    isOwn: true,
    qualified: (name) => options.qualified(name),
    close: async () => undefined,
  };
}

/** Keys stay in memory for a minute, so a few connections serve many events. */
const CONNECTIONS = 2;
/** How long a connection may take, in ms: a turn waits meanwhile. */
const CONNECT_MS = 5_000;

class TablesElsewhere implements KeyTables {
  readonly isOwn = false;
  readonly schema: string;
  private opening: Promise<DataSource> | undefined;

  constructor(private readonly keys: KeysElsewhere) {
    this.schema = keys.schema ?? 'eventfold';
  }

  readonly statements: Statements = {
    query: async (text: string, values?: unknown[]) => (await this.open()).query(text, values),
  };

  qualified(name: string): string {
    return `${quoteIdentifier(this.schema)}.${name}`;
  }

  async close(): Promise<void> {
    await (await this.opening?.catch(() => undefined))?.destroy();
  }

  /** A database that is away is tried again by the next call. */
  private open(): Promise<DataSource> {
    this.opening ??= new DataSource({
      type: 'postgres',
      url: this.keys.url,
      poolSize: CONNECTIONS,
      connectTimeoutMS: CONNECT_MS,
      installExtensions: false,
      applicationName: 'eventfold keys',
    })
      .initialize()
      .catch((error: unknown) => {
        this.opening = undefined;
        throw error;
      });
    return this.opening;
  }
}
