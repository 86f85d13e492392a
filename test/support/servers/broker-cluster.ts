import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Broker } from '../../../src/jetstream/broker/broker.js';
import { eventually } from '../eventually.js';
import { freePorts } from './free-port.js';

/** Whether there is a `nats-server` to start. Prints a line when there is none, since tests are left out then. */
export const hasBroker = (): boolean => {
  const isThere = spawnSync('nats-server', ['--version']).status === 0;
  if (!isThere) console.log('Skipped what needs a broker: there is no nats-server on the PATH.');
  return isThere;
};

interface Node {
  name: string;
  folder: string;
  port: number;
  routePort: number;
  child?: ChildProcess;
}

/** Nodes of NATS JetStream on loopback, as processes of one test's own, which it may kill and start again. */
export class BrokerCluster {
  private constructor(
    private readonly folder: string,
    private readonly nodes: readonly Node[],
    private readonly settings: string,
  ) {}

  /**
   * @param size one node, or three: JetStream needs a majority of its nodes
   * @param settings further ones, as in a file of the server
   */
  static async start(size: 1 | 3 = 3, settings = ''): Promise<BrokerCluster> {
    const folder = await mkdtemp(join(tmpdir(), 'eventfold-broker-'));
    const ports = await freePorts(2 * size);
    const nodes = Array.from({ length: size }, (_, index) => ({
      name: `node-${index}`,
      folder: join(folder, `node-${index}`),
      port: ports[2 * index]!,
      routePort: ports[2 * index + 1]!,
    }));
    const cluster = new BrokerCluster(folder, nodes, settings);
    for (const node of nodes) await writeFile(`${node.folder}.conf`, cluster.settingsOf(node));
    nodes.forEach((_, index) => cluster.startNode(index));
    await eventually(() => cluster.requireReady());
    return cluster;
  }

  get size(): number {
    return this.nodes.length;
  }

  /** The URLs of all nodes, with commas between them. */
  get url(): string {
    return this.nodes.map(({ port }) => `nats://127.0.0.1:${port}`).join(',');
  }

  /** Starts a node, again after its end: it has kept its files. */
  startNode(index: number): void {
    const node = this.nodes[index]!;
    node.child = spawn('nats-server', ['-c', `${node.folder}.conf`], { stdio: 'ignore' });
  }

  /** Ends a node by kill -9, or by another signal. */
  async killNode(index: number, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const { child } = this.nodes[index]!;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  }

  /** Ends all nodes and removes their files. */
  async remove(): Promise<void> {
    await Promise.all(this.nodes.map((_, index) => this.killNode(index)));
    await rm(this.folder, { recursive: true, force: true });
  }

  /**
   * JetStream answers, which it does when the nodes have elected a leader. A leader may not have heard of all the others
   * yet: so a cluster has to place a stream on all of them.
   */
  private async requireReady(): Promise<void> {
    const broker = await Broker.connect({ servers: this.url }, 'test');
    try {
      await broker.streams.getAccountInfo();
      if (this.size === 1) return;
      await broker.streams.streams.add({ name: 'READY', subjects: ['ready'], num_replicas: this.size });
      await broker.streams.streams.delete('READY');
    } finally {
      await broker.close();
    }
  }

  private settingsOf(node: Node): string {
    const routes = this.nodes.map(({ routePort }) => `nats-route://127.0.0.1:${routePort}`);
    const cluster = `cluster { name: test, listen: "127.0.0.1:${node.routePort}", routes: [${routes.join(', ')}] }`;
    return [
      `server_name: ${node.name}`,
      `listen: "127.0.0.1:${node.port}"`,
      `jetstream { store_dir: "${node.folder}" }`,
      ...(this.size > 1 ? [cluster] : []),
      this.settings,
    ].join('\n');
  }
}
