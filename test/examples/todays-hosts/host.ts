import type { DynamicModule, INestApplication, ModuleMetadata } from '@nestjs/common';

/** An application that has nothing of Eventfold yet, and takes in what `eventfold.ts` imports. */
export interface HostOfToday {
  adapter: 'express' | 'fastify';
  /** What `main.ts` does before Nest. It is undone by what it returns. */
  prepare?(): () => void;
  module(parts: HostParts): DynamicModule | Promise<DynamicModule>;
  /** What `main.ts` does with the application before it listens. */
  configure(app: INestApplication, parts: HostParts): void;
  /** Of the event store, what goes with the transactions of the host. */
  currentTransaction?: () => unknown;
}

export interface HostParts {
  databaseUrl: string;
  /** What an import of Eventfold adds to the root module; nothing in the application of before. */
  imports: NonNullable<ModuleMetadata['imports']>;
  /** Takes each line of the application's log. */
  log: (line: string) => void;
}

/** The connection, as each host has it. */
export const connectionOf = ({ databaseUrl }: Pick<HostParts, 'databaseUrl'>) => ({
  type: 'postgres' as const,
  url: databaseUrl,
  installExtensions: false,
  // The user of the tests' server has the name of our schema, which PostgreSQL would then prefer.
  extra: { options: '-c search_path=public' },
});
