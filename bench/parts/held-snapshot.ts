import type { PartContext, Part } from '../part.js';
import { inTurn, measure } from '../measure.js';
import type { Figures } from '../figures.js';
import { withClient } from '../server.js';
import { type Contender, newStream, watchedEvents } from '../stores/contender.js';
import { openEventfoldStore } from '../stores/eventfold.js';

const MINUTE_MS = 60_000;
/** The last part of the minute: by then, dead rows have piled up because of the snapshot. */
const MEASURED_MS = 10_000;
const WORK = 'append to a new stream, 32 clients';
const FREE = 'no snapshot held';
const HELD = 'snapshot held for a minute';

export const heldSnapshot: Part = {
  name: 'held-snapshot',
  about: 'appending while another session holds a snapshot and a transaction id open',
  long: true,
  run: async (context) => {
    const store = await openEventfoldStore(context.url);
    const appendForAMinute = async () => {
      await appendFor(context, store, MINUTE_MS - MEASURED_MS);
      return appendFor(context, store, MEASURED_MS);
    };
    try {
      return await inTurn(
        context,
        { work: WORK, unit: 'appends/s' },
        {
          [FREE]: appendForAMinute,
          [HELD]: () => holdingSnapshot(context.url, appendForAMinute),
        },
      );
    } finally {
      await store.close();
    }
  },
  claims: [{ work: WORK, of: HELD, against: FREE, figure: 'rate', atLeast: 0.9 }],
};

function appendFor(context: PartContext, store: Contender, ms: number): Promise<Figures> {
  const payload = watchedEvents(1);
  return measure(context, { clients: 32, ms }, () => store.append(newStream(), 0, payload));
}

/** Holds a snapshot, like a dump, a long report or a forgotten session: no later dead row can be removed. */
async function holdingSnapshot<Result>(url: string, work: () => Promise<Result>): Promise<Result> {
  return withClient(url, async (holder) => {
    await holder.query('begin isolation level repeatable read');
    await holder.query('select pg_current_xact_id(), count(*) from eventfold.events');
    const result = await work();
    await holder.query('rollback');
    return result;
  });
}
