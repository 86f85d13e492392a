import type { Client } from 'pg';

// Clients of `pg` are objects here: hosts see these declarations, and may not have its types.

/** What a client of `pg` has, and its types do not. */
interface ReferableClient extends Client {
  ref(): void;
  unref(): void;
}

/** Cuts the connection at once. `end()` says goodbye first, and waits for a server that may not answer any more. */
export const cutConnection = (client: object): void => void (client as Client).connection.stream.destroy();

/**
 * Ends a connection, and cuts it after `ms`. A server that no longer answers would keep it open for ever.
 */
export async function endWithin(client: object, ms: number): Promise<void> {
  const cut = setTimeout(() => cutConnection(client), ms);
  await (client as Client).end().catch(() => undefined);
  clearTimeout(cut);
}

/** The process may end while this connection is open. */
export const letProcessEnd = (client: object): void => (client as ReferableClient).unref();

/** The process goes on until this connection has ended. */
export const keepProcess = (client: object): void => (client as ReferableClient).ref();
