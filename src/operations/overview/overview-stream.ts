import { Injectable, type OnModuleDestroy, StreamableFile } from '@nestjs/common';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { Overview, type StoreOverview } from './overview.js';

/** The pause between two messages, in ms. */
const EVERY_MS = 2_000;

/** The overview as server-sent events, until the client goes or the process stops. */
@Injectable()
export class OverviewStream implements OnModuleDestroy {
  private readonly stopping = new AbortController();

  constructor(private readonly overview: Overview) {}

  open(): StreamableFile {
    return new StreamableFile(Readable.from(this.frames()), { type: 'text/event-stream' });
  }

  /** Before the server closes: it waits for open answers. */
  onModuleDestroy(): void {
    this.stopping.abort();
  }

  /** The first message has all samples, later ones have those that are new. */
  private async *frames(): AsyncGenerator<Buffer> {
    const { signal } = this.stopping;
    for (
      let known = '';
      !signal.aborted;
      await sleep(EVERY_MS, undefined, { signal }).catch(() => undefined)
    ) {
      const current = await this.overview.current();
      yield frameOf({ ...current, samples: current.samples.filter(({ at }) => at > known) });
      known = current.samples.at(-1)?.at ?? known;
    }
  }
}

const frameOf = (overview: StoreOverview) =>
  Buffer.from(`event: overview\ndata: ${JSON.stringify(overview)}\n\n`);
