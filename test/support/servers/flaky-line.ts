import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { Random } from '../../../bench/simulate/random.js';

interface Call {
  client: Socket;
  server: Socket;
  /** Whether the client has sent something that the server has not answered yet. */
  asking: boolean;
  /** Whether the next answer is lost. */
  isLost: boolean;
}

/**
 * A line to PostgreSQL that may go dead while a statement is on its way. The client then sees a lost connection, while
 * the server has the whole statement and goes on to commit. An operator's end of the backend rarely hits that moment.
 */
export class FlakyLine {
  private readonly calls = new Set<Call>();
  private isMute = false;
  private marked: string | undefined;
  private cut: { text: string; meanwhile: () => Promise<void> } | undefined;

  private constructor(
    private readonly listener: Server,
    /** The URL of the database by way of this line. */
    readonly url: string,
  ) {}

  static async to(databaseUrl: string): Promise<FlakyLine> {
    const target = new URL(databaseUrl);
    const [host, port] = [target.hostname, Number(target.port || 5432)];
    const listener = createServer({ noDelay: true });
    await once(listener.listen(0, '127.0.0.1'), 'listening');
    target.host = `127.0.0.1:${(listener.address() as AddressInfo).port}`;
    const line = new FlakyLine(listener, target.href);
    listener.on('connection', (client) => line.connect(client, connect({ host, port, noDelay: true })));
    return line;
  }

  /** Goes dead for a connection that waits for an answer, if there is one. */
  loseAnswer(random: Random): boolean {
    const asking = [...this.calls].filter((call) => call.asking);
    if (asking.length > 0) random.pick(asking).client.destroy();
    return asking.length > 0;
  }

  /** Loses the answer to the next message with this text, when the server has done its work. */
  loseAnswerTo(text: string): void {
    this.marked = text;
  }

  /** The next message with this text never arrives: its connection is lost after `meanwhile`. */
  loseMessage(text: string, meanwhile: () => Promise<void>): void {
    this.cut = { text, meanwhile };
  }

  /** From now on the server gets every message, and none of its answers arrives. */
  mute(): void {
    this.isMute = true;
  }

  /** Messages from meanwhile are lost. */
  unmute(): void {
    this.isMute = false;
  }

  async close(): Promise<void> {
    const closed = once(this.listener.close(), 'close');
    for (const { client, server } of this.calls) {
      client.destroy();
      server.destroy();
    }
    await closed;
  }

  private connect(client: Socket, server: Socket): void {
    const call: Call = { client, server, asking: false, isLost: false };
    this.calls.add(call);
    client.on('data', (said) => {
      call.asking = true;
      const { cut } = this;
      if (cut !== undefined && said.includes(cut.text)) {
        this.cut = undefined;
        void cut.meanwhile().finally(() => client.destroy());
        return;
      }
      if (this.marked !== undefined && said.includes(this.marked)) {
        call.isLost = true;
        this.marked = undefined;
      }
      server.write(said);
    });
    server.on('data', (said) => {
      call.asking = false;
      if (call.isLost) client.destroy();
      if (!client.destroyed && !this.isMute) client.write(said);
    });
    // The server first reads all sent bytes to the end, and only then notices the end of the connection.
    client.on('close', () => {
      this.calls.delete(call);
      server.end();
    });
    server.on('close', () => client.destroy());
    for (const end of [client, server]) end.on('error', () => undefined);
  }
}
