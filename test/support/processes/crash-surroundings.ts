import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../../src/service/database/data-source-options.js';
import { migrate } from '../../../src/service/database/migrate.js';
import { grantingRights, makingRoles } from '../servers/documented-roles.js';
import { Pooler } from '../servers/pooler.js';
import type { PrivateServer } from '../servers/private-server.js';

/** The way in which services reach their database. Each has a role of its own. */
export interface Ways {
  urlOf: (role: string) => string;
  /** A program in `dist/processes` other than the plain service. */
  program?: string;
  /** Whether the program has a transaction of its own around a command, whose COMMIT may be lost. */
  hasOwnTransactions?: boolean;
  leave: () => Promise<void>;
}

type Surroundings = (server: PrivateServer, roles: readonly string[]) => Promise<Ways>;

/** The surroundings of the service at a managed database, or with a careful administrator. */
export const SURROUNDINGS: Record<string, Surroundings> = {
  'on a server as it comes': async (server, roles) => {
    await makeSuperusers(server, roles);
    return direct(server);
  },
  'where transactions are serializable': async (server, roles) => {
    await makeSuperusers(server, roles);
    for (const role of roles)
      await server.query(`alter role ${role} set default_transaction_isolation = 'serializable'`);
    return direct(server);
  },
  'behind PgBouncer in transaction mode': async (server, roles) => {
    await makeSuperusers(server, roles);
    const poolers = new Map<string, Pooler>();
    for (const role of roles) poolers.set(role, await Pooler.before(urlAs(server, role)));
    return {
      urlOf: (role) => poolers.get(role)!.url,
      leave: async () => {
        for (const pooler of poolers.values()) await pooler.stop();
      },
    };
  },
  'with roles that have no more than their rights': async (server, roles) => {
    const migrator = await new DataSource(dataSourceOptions(server.url, 'eventfold', 2)).initialize();
    await migrate(migrator, 'eventfold');
    await migrator.destroy();
    await server.query(makingRoles(new URL(server.url).pathname.slice(1)));
    await server.query(grantingRights());
    for (const role of roles)
      await server.query(`create role ${role} login password 'secret' in role eventfold_service`);
    return direct(server);
  },
  'in transactions of the async context': async (server, roles) => {
    await makeSuperusers(server, roles);
    return { ...direct(server), program: 'bound-service', hasOwnTransactions: true };
  },
};

async function makeSuperusers(server: PrivateServer, roles: readonly string[]): Promise<void> {
  for (const role of roles) await server.query(`create role ${role} superuser login password 'secret'`);
}

const direct = (server: PrivateServer): Ways => ({
  urlOf: (role) => urlAs(server, role),
  leave: async () => undefined,
});

function urlAs(server: PrivateServer, role: string): string {
  const url = new URL(server.url);
  url.username = role;
  url.password = 'secret';
  return url.href;
}
