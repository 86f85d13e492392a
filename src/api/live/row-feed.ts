import type { StreamableFile } from '@nestjs/common';
import type { LiveConnections } from '../../event-sourcing/for-service.js';
import type { LiveFeed, Watched, WatchOptions } from '../../event-sourcing/index.js';
import { liveAnswer } from './live-answer.js';
import type { LiveClient } from './live-client.js';
import { frameOf } from './live-frame.js';

/** The parts of an event store that feeds are made of. */
export interface LiveParts {
  live: LiveFeed;
  connections: LiveConnections;
}

/**
 * Answers with a feed of rows: what `read` answers now, and again whenever that changes. The first answer is read
 * before the feed begins, so an unknown id is a 404 as without a feed.
 */
export function rowFeed<Answer>(
  client: LiveClient,
  { live, connections }: LiveParts,
  watch: WatchOptions<Answer>,
): Promise<StreamableFile> {
  return liveAnswer(client, connections, async () => {
    const answers = live.watch(watch);
    const first = await answers.next();
    return framesOf(first, answers);
  });
}

/** The frames of the answers that differ from the one before. */
function framesOf<Answer>(
  first: IteratorResult<Watched<Answer>>,
  answers: AsyncIterator<Watched<Answer>>,
): AsyncIterator<Buffer> {
  let [next, last]: [IteratorResult<Watched<Answer>> | undefined, string] = [first, ''];
  return {
    async next() {
      for (;;) {
        const { done, value } = next ?? (await answers.next());
        next = undefined;
        if (done === true) return { done, value: undefined };
        const data = JSON.stringify(value.answer);
        if (data === last) continue;
        last = data;
        return { done: false, value: frameOf({ id: value.position, event: 'changed', data }) };
      }
    },
    async return() {
      await answers.return?.();
      return { done: true, value: undefined };
    },
  };
}
