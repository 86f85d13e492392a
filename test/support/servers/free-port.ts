import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below the ports that systems give to outgoing connections (from 32768 on), and above those of services. A server
 * takes its port seconds after it was found: a connection, or a server that asks for any port, must not have it by then.
 */
const FIRST = 20_000;
const LAST = 32_000;

/** A port on which nobody listens. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST, LAST + 1);
    const server = createServer();
    const listening = await once(server.listen(port, '127.0.0.1'), 'listening').catch(() => undefined);
    if (listening === undefined) continue;
    await once(server.close(), 'close');
    return port;
  }
}

/** Different ones. */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) ports.add(await freePort());
  return [...ports];
}
