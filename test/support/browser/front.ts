/**
 * A proxy in front of a service, as operators have it: it may add a prefix to all paths. It also answers `overview`
 * itself, from the service's own projections and what a test lets it say.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import type { Overview } from '../../../src/console/web/api/types.js';

export interface Front {
  /** Ends with the prefix, without a slash. */
  url: string;
  /** What the overview says beside the projections. A change is sent with the next message. */
  says: Partial<Overview>;
  stop(): Promise<void>;
}

const EVERY_MS = 250;

/** @param service the address of the service now: a test may restart it elsewhere */
export async function startFront(service: () => string, prefix = ''): Promise<Front> {
  const front: Pick<Front, 'says'> = { says: {} };
  const server = createServer((incoming, answer) => {
    const path = incoming.url!.slice(prefix.length);
    if (!incoming.url!.startsWith(prefix)) return answer.writeHead(404).end();
    if (path === '/overview') return void sendOverview(service, () => front.says, incoming, answer);
    return pass(service() + path, incoming, answer);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return Object.assign(front, {
    url: `http://127.0.0.1:${port}${prefix}`,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  });
}

function pass(url: string, incoming: IncomingMessage, answer: ServerResponse): void {
  const { method = 'GET', headers } = incoming;
  const sent = request(url, { method, headers, agent: false }, (received) => {
    answer.writeHead(received.statusCode!, received.headers);
    received.pipe(answer);
    received.on('error', () => answer.destroy());
  });
  sent.on('error', () => answer.destroy());
  answer.on('close', () => sent.destroy());
  incoming.pipe(sent);
}

/** Sends what is new every moment, until the reader or the service goes. A refusal of the service is handed on. */
async function sendOverview(
  service: () => string,
  says: () => Partial<Overview>,
  { headers: { authorization } }: IncomingMessage,
  answer: ServerResponse,
): Promise<void> {
  const headers = authorization === undefined ? {} : { authorization };
  try {
    while (!answer.destroyed) {
      const response = await fetch(`${service()}/projections`, { headers });
      const text = await response.text();
      if (!response.ok) return refuse(answer, response, text);
      const { items } = JSON.parse(text) as { items: Overview['projections'] };
      if (!answer.headersSent) answer.writeHead(200, { 'content-type': 'text/event-stream' });
      answer.write(`event: overview\ndata: ${JSON.stringify({ ...quiet(items), ...says() })}\n\n`);
      await setTimeout(EVERY_MS);
    }
  } catch {
    answer.destroy(); // the service is away
  }
}

function refuse(answer: ServerResponse, { status, headers }: Response, text: string): void {
  if (answer.headersSent) answer.destroy();
  else answer.writeHead(status, Object.fromEntries(headers)).end(text);
}

const quiet = (projections: Overview['projections']): Overview => ({
  verdict: { severity: 'well', findings: [] },
  log: { head: projections[0]?.logPosition ?? 0, time: null, eventsPerSecond: 0 },
  commands: { perSecond: 0, p50Ms: null, p99Ms: null, conflictsPerSecond: 0 },
  projections,
  processes: [],
  samples: [],
});
