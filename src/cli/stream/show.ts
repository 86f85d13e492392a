import { EventStore, type StoredEvent } from '../../event-sourcing/index.js';
import { withLog } from '../application.js';
import { CommandFailure } from '../command-failure.js';
import { lineOfStream } from '../log/event-line.js';
import { printable } from '../terminal/printable.js';
import type { Terminal } from '../terminal/terminal.js';

interface ShowOptions {
  fromVersion?: number;
  limit?: number;
  direction?: 'forwards' | 'backwards';
}

export function showStream(terminal: Terminal, options: ShowOptions, streamId: string): Promise<void> {
  return withLog(terminal, async (application) => {
    const store = application.get(EventStore);
    const { limit = 100, fromVersion, direction } = options;
    // One more event than requested tells whether there are more.
    const events = await store.readStream(streamId, { fromVersion, direction, maxCount: limit + 1 });
    if (events.length === 0) await explainNothing(terminal, store, streamId);
    for (const event of events.slice(0, limit)) {
      await terminal.result(event, () => lineOfStream(terminal, event));
    }
    if (events.length > limit) terminal.note(whereItGoesOn(events[limit]!, options));
  });
}

async function explainNothing(terminal: Terminal, store: EventStore, streamId: string): Promise<void> {
  const [last] = await store.readStream(streamId, { direction: 'backwards', maxCount: 1 });
  if (last === undefined) throw new CommandFailure(`there is no stream "${streamId}".`);
  terminal.note(`Nothing there: the last version of stream ${printable(streamId)} is ${last.version}.`);
}

function whereItGoesOn(next: StoredEvent, { direction }: ShowOptions): string {
  const backwards = direction === 'backwards' ? ' --direction backwards' : '';
  return `There are more: --from-version ${next.version}${backwards}`;
}
