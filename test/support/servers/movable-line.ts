import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A fixed address in front of PostgreSQL, as a proxy or a DNS name is. It may lead to another server later. */
export class MovableLine {
  private readonly ends = new Set<Socket>();
  private target: URL | undefined;

  private constructor(
    private readonly listener: Server,
    /** The URL of the database by way of this line. */
    readonly url: string,
  ) {}

  static async to(databaseUrl: string): Promise<MovableLine> {
    const listener = createServer({ noDelay: true });
    await once(listener.listen(0, '127.0.0.1'), 'listening');
    const url = new URL(databaseUrl);
    url.host = `127.0.0.1:${(listener.address() as AddressInfo).port}`;
    const line = new MovableLine(listener, url.href);
    line.target = new URL(databaseUrl);
    listener.on('connection', (client) => line.connect(client));
    return line;
  }

  /** Ends all connections, and leads new ones to another server. */
  moveTo(databaseUrl: string): void {
    this.target = new URL(databaseUrl);
    this.endAll();
  }

  /** Leads new connections to another server, and leaves the open ones. */
  newConnectionsTo(databaseUrl: string): void {
    this.target = new URL(databaseUrl);
  }

  /** Ends all connections, and refuses new ones until the line is moved. */
  cut(): void {
    this.target = undefined;
    this.endAll();
  }

  async close(): Promise<void> {
    const closed = once(this.listener.close(), 'close');
    this.endAll();
    await closed;
  }

  private endAll(): void {
    for (const end of this.ends) end.destroy();
  }

  private connect(client: Socket): void {
    if (this.target === undefined) return void client.destroy();
    const { hostname: host, port } = this.target;
    const server = connect({ host, port: Number(port), noDelay: true });
    for (const [end, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.ends.add(end);
      end.on('data', (said) => other.write(said));
      end.on('error', () => undefined);
      end.on('close', () => {
        this.ends.delete(end);
        other.destroy();
      });
    }
  }
}
