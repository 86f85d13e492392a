import type { IncomingMessage } from 'node:http';

interface Request {
  headers: IncomingMessage['headers'];
  /** The connection. */
  raw?: { socket: { localAddress?: string; localPort?: number } };
}

/**
 * The address at which the client has reached the service, for lines that it pastes. The client's own headers say it,
 * since a proxy or a container may stand in between. Only a host and port is taken from them: any other text could end
 * such a line and begin another command.
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
