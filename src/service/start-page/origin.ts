import type { IncomingMessage } from 'node:http';

interface Request {
  headers: IncomingMessage['headers'];
  /** Of the connection. */
  raw?: { socket: { localAddress?: string; localPort?: number } };
}

/**
 * Where the client has reached the service, for lines that it pastes. It says so itself, since a proxy or a container
 * may stand in between; what is no host and port could be the end of such a line and the begin of another command.
 */
export function originOf({ headers, raw }: Request): string {
  const scheme = headers['x-forwarded-proto'] === 'https' ? 'https' : 'http';
  const { host = '' } = headers;
  return `${scheme}://${/^([\w-]+(\.[\w-]+)*\.?|\[[\da-f:.]+\])(:\d{1,5})?$/i.test(host) ? host : listening(raw)}`;
}

function listening(raw: Request['raw']): string {
  const { localAddress = '127.0.0.1', localPort = 80 } = raw?.socket ?? {};
  return `${localAddress.includes(':') ? `[${localAddress}]` : localAddress}:${localPort}`;
}
