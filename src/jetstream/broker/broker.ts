import { type JetStreamClient, type JetStreamManager, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, credsAuthenticator, type NatsConnection } from '@nats-io/transport-node';
import { readFile } from 'node:fs/promises';
import { type BrokerOptions, urlsOf } from './broker-options.js';

/** The token of the `BrokerOptions` of a module. */
export const BROKER = Symbol('options of the broker');

/** How long a request to the broker may take, in ms. A cluster that elects a leader needs some seconds. */
const REQUEST_TIMEOUT_MS = 10_000;

/**
 * The connection of a process to a JetStream cluster. When a node is lost, the client goes to another one by itself,
 * for as long as the process runs.
 */
export class Broker {
  private constructor(
    readonly connection: NatsConnection,
    readonly streams: JetStreamManager,
    readonly client: JetStreamClient,
  ) {}

  /**
   * @param name the connection's name in the lists of the broker
   * @throws ConnectionError of the client when no node answers, or none takes the credentials
   */
  static async connect({ servers, credentials }: BrokerOptions, name: string): Promise<Broker> {
    const urls = urlsOf(servers);
    const connection = await connect({
      name,
      servers: urls.map(({ host }) => host),
      ...loginOf(urls),
      ...(credentials !== undefined && { authenticator: credsAuthenticator(await readFile(credentials)) }),
      ...(urls.some(({ protocol }) => protocol === 'tls:') && { tls: {} }),
      maxReconnectAttempts: -1,
      noAsyncTraces: true, // two errors made for each request, in case it fails, took a fifth of the processor
    });
    try {
      const options = { timeout: REQUEST_TIMEOUT_MS };
      const streams = await jetstreamManager(connection, options);
      return new Broker(connection, streams, jetstream(connection, options));
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  /** Resolves when the connection is lost or closed for the first time. */
  async lost(): Promise<void> {
    for await (const { type } of this.connection.status())
      if (type === 'disconnect' || type === 'close') return;
  }

  /** Can be called again. */
  async close(): Promise<void> {
    await this.connection.close();
  }
}

function loginOf(urls: readonly URL[]): { user?: string; pass?: string; token?: string } {
  const { username = '', password = '' } = urls.find((url) => url.username !== '') ?? {};
  if (username === '') return {};
  const [user, pass] = [decodeURIComponent(username), decodeURIComponent(password)];
  return password === '' ? { token: user } : { user, pass };
}
