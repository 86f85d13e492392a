import type { DynamicModule, INestApplication, ModuleMetadata } from '@nestjs/common';

/** An application without Eventfold, which can take the imports of `eventfold.ts`. */
export interface HostOfToday {
  adapter: 'express' | 'fastify';
  /** The work of `main.ts` before Nest. The returned function undoes it. */
  prepare?(): () => void;
  module(parts: HostParts): DynamicModule | Promise<DynamicModule>;
  /** The work of `main.ts` on the application before it listens. */
  configure(app: INestApplication, parts: HostParts): void;
  /** The event store's option for the transactions of the host. */
  currentTransaction?: () => unknown;
}

export interface HostParts {
  databaseUrl: string;
  /** The imports of Eventfold for the root module; empty without Eventfold. */
  imports: NonNullable<ModuleMetadata['imports']>;
  /** Takes each line of the application's log. */
  log: (line: string) => void;
}

/** The connection of each host. */
export const connectionOf = ({ databaseUrl }: Pick<HostParts, 'databaseUrl'>) => ({
  type: 'postgres' as const,
  url: databaseUrl,
  installExtensions: false,
  // The user of the tests' server has the name of our schema, which PostgreSQL would then prefer.
  extra: { options: '-c search_path=public' },
});
