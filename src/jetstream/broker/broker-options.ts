import { inspect } from 'node:util';
import { optional, type Rule } from '../../event-sourcing/for-service.js';
import { BROKER_URL_RULE, isBrokerUrl } from './broker-url.js';

/** How a process reaches a NATS JetStream cluster. */
export interface BrokerOptions {
  /**
   * URLs of nodes, such as `nats://user:password@host:4222` or `tls://token@host:4222`. One is enough to find the
   * others while it is there. User, password and token are those of the first URL that has any.
   */
  servers: string | readonly string[];
  /** Path of a credentials file (user JWT and seed). Default: user, password or token of the URLs. */
  credentials?: string | undefined;
}

/** The URLs, of a list or of one text with commas between them. */
export const urlsOf = (servers: BrokerOptions['servers']): URL[] =>
  (typeof servers === 'string' ? servers.split(',') : servers).map((server) => new URL(server.trim()));

/** Whether `urlsOf` can read it, and each is a URL of a node. */
export function areServers(given: unknown): boolean {
  const list: unknown = typeof given === 'string' ? given.split(',') : given;
  return Array.isArray(list) && list.length > 0 && list.every(isServer);
}

const isServer = (given: unknown): boolean => typeof given === 'string' && isBrokerUrl(given.trim());

/** For the parts of this room that have `BrokerOptions` among their options. */
export const BROKER_RULES: Record<keyof BrokerOptions, Rule> = {
  servers: {
    isSecret: (given) => inspect(given).includes('@'), // user, password or token
    says: `one or more URLs ${BROKER_URL_RULE}`,
    accepts: areServers,
  },
  credentials: optional({
    says: 'the path of a file',
    accepts: (given) => typeof given === 'string' && given !== '',
  }),
};
