import type { Client } from 'pg';

// These functions take clients of `pg` as `object`: hosts see the declarations, which must not name types of `pg`.

/** Methods that a client of `pg` has, and that its types lack. */
interface ReferableClient extends Client {
  ref(): void;
  unref(): void;
}

/** Cuts the connection at once. `end()` says goodbye first, and waits for a server that may not answer any more. */
export const cutConnection = (client: object): void => void (client as Client).connection.stream.destroy();

/**
 * Ends a connection, and cuts it after `ms`. Without the cut, a server that no longer answers would keep it open for
 * ever.
 */
export async function endWithin(client: object, ms: number): Promise<void> {
  const cut = setTimeout(() => cutConnection(client), ms);
  await (client as Client).end().catch(() => undefined);
  clearTimeout(cut);
}

/** Lets the process end while this connection is open. */
export const letProcessEnd = (client: object): void => (client as ReferableClient).unref();

/** Keeps the process alive until this connection has ended. */
export const keepProcess = (client: object): void => (client as ReferableClient).ref();
