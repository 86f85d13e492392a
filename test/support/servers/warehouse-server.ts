import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

/** The other service of the shop example. It takes shipments, each request id once, or behaves like a broken server. */
export class WarehouseServer {
  /** `dies after`: it does the work, and the answer is lost. */
  mode: 'takes' | 'is busy' | 'refuses' | 'dies after' = 'takes';
  /** The ids of all requests, with repeats. */
  readonly requests: string[] = [];
  /** The shipments, by request id. */
  readonly shipments = new Map<string, unknown>();
  private server: Server;

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async start(): Promise<void> {
    this.server = createServer((request, response) => {
      const id = String(request.headers['idempotency-key']);
      void json(request).then((body) => {
        this.requests.push(id);
        if (this.mode === 'is busy') response.writeHead(503).end('busy');
        else if (this.mode === 'refuses') response.writeHead(422).end('no such article');
        else {
          this.shipments.set(id, body);
          if (this.mode === 'dies after') response.destroy();
          else response.writeHead(202).end();
        }
      });
    }).listen(0, '127.0.0.1');
    await once(this.server, 'listening');
  }

  async stop(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }
}
