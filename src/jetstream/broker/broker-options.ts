import { inspect } from 'node:util';
import { optional, type Rule } from '../../event-sourcing/for-service.js';

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

const SCHEMES = ['nats:', 'tls:'];

/** The URLs, of a list or of one text with commas between them. */
export const urlsOf = (servers: BrokerOptions['servers']): URL[] =>
  (typeof servers === 'string' ? servers.split(',') : servers).map((server) => new URL(server.trim()));

/** Whether `urlsOf` can read it, and each is a URL of a node. */
export function areServers(given: unknown): boolean {
  const list: unknown = typeof given === 'string' ? given.split(',') : given;
  return Array.isArray(list) && list.length > 0 && list.every(isServer);
}

function isServer(given: unknown): boolean {
  if (typeof given !== 'string' || !URL.canParse(given.trim())) return false;
  const { protocol, hostname } = new URL(given.trim());
  return SCHEMES.includes(protocol) && hostname !== '';
}

/** For the parts of this room that have `BrokerOptions` among their options. */
export const BROKER_RULES: Record<keyof BrokerOptions, Rule> = {
  servers: {
    isSecret: (given) => inspect(given).includes('@'), // user, password or token
    says: 'one or more URLs such as nats://host:4222',
    accepts: areServers,
  },
  credentials: optional({
    says: 'the path of a file',
    accepts: (given) => typeof given === 'string' && given !== '',
  }),
};
