import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Broker } from '../src/jetstream/broker/broker.js';

const NODES = 3;
/** How long the nodes may take to elect a leader, in ms. */
const READY_WITHIN_MS = 60_000;
/** A stream that is made and deleted before the work. */
const READY = 'EVENTFOLD_BENCH_READY';

/** @param servers the URLs of the cluster */
type BrokerWork<Result> = (broker: Broker, servers: string) => Promise<Result>;

/** Runs `work` on the cluster of `JETSTREAM_URL`, or on three nodes of `nats-server` that end with it. */
export async function withBroker<Result>(work: BrokerWork<Result>): Promise<Result> {
  const { JETSTREAM_URL } = process.env;
  if (JETSTREAM_URL) return connected(JETSTREAM_URL, work);
  const folder = await mkdtemp(join(tmpdir(), 'eventfold-bench-broker-'));
  const ports = await freePorts(2 * NODES);
  const nodes = await Promise.all(Array.from({ length: NODES }, (_, node) => startNode(folder, ports, node)));
  try {
    return await connected(`nats://127.0.0.1:${ports[0]}`, work);
  } finally {
    await Promise.all(nodes.map(endNode));
    await rm(folder, { recursive: true, force: true });
  }
}

async function connected<Result>(servers: string, work: BrokerWork<Result>): Promise<Result> {
  const broker = await firstAnswer(servers);
  try {
    return await work(broker, servers);
  } finally {
    await broker.close();
  }
}

/** The first ports are for clients, the others for the nodes among each other. */
async function startNode(folder: string, ports: readonly number[], node: number): Promise<ChildProcess> {
  const routes = ports.slice(NODES).map((port) => `nats-route://127.0.0.1:${port}`);
  const file = join(folder, `${node}.conf`);
  await writeFile(
    file,
    `server_name: node-${node}
listen: "127.0.0.1:${ports[node]}"
jetstream { store_dir: "${join(folder, String(node))}" }
cluster { name: bench, listen: "127.0.0.1:${ports[NODES + node]}", routes: [${routes.join(', ')}] }
`,
  );
  const child = spawn('nats-server', ['-c', file], { stdio: 'ignore' });
  await once(child, 'spawn'); // fails where there is none
  return child;
}

async function endNode(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

/** The broker answers before its leader has heard of all nodes: then it places no stream on them. */
async function firstAnswer(servers: string): Promise<Broker> {
  const deadline = performance.now() + READY_WITHIN_MS;
  for (;;) {
    let broker: Broker | undefined;
    try {
      broker = await Broker.connect({ servers }, 'eventfold bench');
      await broker.streams.streams.add({ name: READY, subjects: [READY], num_replicas: NODES });
      await broker.streams.streams.delete(READY);
      return broker;
    } catch (error) {
      await broker?.close();
      if (performance.now() > deadline) throw error;
      await sleep(100);
    }
  }
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}
