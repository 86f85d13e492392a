/**
 * The appends of a writer of test/many-writers: right and wrong ones of every kind, drawn from a seed. A plan is plain
 * data, so a journal can keep it, and it can be sent again. `may` has the possible answers: no conflict for the only
 * writer of a stream, and no success for a bad payload.
 *
 * Every event carries a tag that no other event has. Most events also carry an id, which follows from the tag. The
 * others leave the id to the store. Only appends whose events all have ids may be sent again.
 */

import { randomBytes } from 'node:crypto';
import { idsOf, Random } from '../../../dist/bench/simulate/random.js';

/** Streams that all writers of all processes share. */
const HOT = ['hot-1', 'hot-2', 'hot-3'];
const OPEN = ['open-1', 'open-2'];

const CONFLICT = ['ConcurrencyError'];
const INVALID = ['InvalidAppendError'];

/** The relative weight of each kind, and the function that plans it. */
const KINDS = {
  fresh: [6, (mix) => ({ parts: [part(mix.append, 'no-stream', mix.events(mix.random.chance(0.5)))] })],
  own: [8, (mix) => ({ parts: [mix.ownPart(mix.random.chance(0.03) ? 'large' : undefined)] })],
  'own and new': [3, (mix) => ({ parts: [part(mix.append, 'no-stream', mix.events()), mix.ownPart()] })],
  hot: [6, (mix) => ({ may: ['appended', ...CONFLICT], parts: mix.hotParts(1) })],
  'two hot': [3, (mix) => ({ may: ['appended', ...CONFLICT], parts: mix.hotParts(2) })],
  open: [6, (mix) => ({ parts: [part(mix.random.pick(OPEN), 'any', mix.events(mix.random.chance(0.5)))] })],
  'in a transaction': [2, (mix) => ({ transaction: 'commit', parts: [mix.ownPart()] })],
  'rolled back': [2, (mix) => ({ may: ['RolledBack'], transaction: 'roll back', parts: [mix.ownPart()] })],
  repeat: [3, (mix) => ({ may: ['duplicate'], parts: mix.random.pick(mix.repeatable).parts })],
  half: [2, (mix) => ({ may: ['PartialDuplicateError'], parts: [mix.halfKnown()] })],
  stale: [
    2,
    (mix) => ({ may: CONFLICT, parts: [part(mix.name, mix.own + mix.random.pick([-1, 1]), mix.events())] }),
  ],
  'stream taken': [
    1,
    (mix) => ({ may: CONFLICT, parts: [mix.hotParts(1)[0], part(mix.name, 'no-stream', mix.events())] }),
  ],
  'no such stream': [
    1,
    (mix) => ({ may: CONFLICT, parts: [part(mix.append, 'stream-exists', mix.events())] }),
  ],
  'bad text': [
    2,
    (mix) => ({ may: INVALID, parts: [mix.ownPart(mix.random.pick(['nul', 'half a surrogate pair']))] }),
  ],
  'no events': [1, (mix) => ({ may: INVALID, parts: [mix.ownPart(), part(mix.append, 'no-stream', [])] })],
  // Larger than an index entry may be. It is random, since PostgreSQL compresses.
  'stream id too long': [
    1,
    (mix) => ({ may: INVALID, parts: [part(randomBytes(4_000).toString('base64'), 'any', mix.events())] }),
  ],
};

export class AppendMix {
  /** The version of the writer's own stream, which has the writer's name. */
  own = 0;
  /** Acknowledged appends whose events all have ids. */
  repeatable = [];
  /** The versions of hot streams that this writer saw last; most are out of date. */
  #seen = new Map();
  #count = 0;

  /** @param name of the writer in this life of its process; its tags begin with it */
  constructor(seed, name) {
    this.name = name;
    this.random = new Random(`${seed}/${name}`);
    this.idOf = idsOf(seed);
    this.kinds = Object.entries(KINDS).flatMap(([kind, [weight]]) => Array(weight).fill(kind));
  }

  next() {
    this.append = `${this.name}/${this.#count++}`;
    const drawn = this.random.pick(this.kinds);
    // At first there is nothing to repeat, and the own stream has no old version.
    const kind = this.repeatable.length > 0 && this.own > 0 ? drawn : 'own';
    const [, plan] = KINDS[kind];
    return { append: this.append, kind, may: ['appended'], ...plan(this) };
  }

  /** What the answer to a plan tells its writer about streams. */
  learn(plan, { verdict, error }) {
    if (error?.streamId !== undefined) this.#seen.set(error.streamId, error.actualVersion);
    if (verdict === undefined || plan.kind === 'repeat') return;
    for (const { streamId, expectedVersion, events } of plan.parts) {
      if (streamId === this.name) this.own = expectedVersion + events.length;
      else if (HOT.includes(streamId)) this.#seen.set(streamId, expectedVersion + events.length);
    }
    if (isRepeatable(plan)) this.repeatable = [plan, ...this.repeatable].slice(0, 20);
  }

  ownPart(text) {
    const events = this.events();
    events.at(-1).text = text;
    return part(this.name, this.own, events);
  }

  hotParts(count) {
    const streams = HOT.toSorted(() => this.random.next() - 0.5).slice(0, count);
    return streams.map((streamId) => part(streamId, this.#seen.get(streamId) ?? 0, this.events()));
  }

  halfKnown() {
    const [{ streamId, events }] = this.random.pick(this.repeatable).parts;
    return part(streamId, 'any', [events[0], ...this.events()]);
  }

  events(withIds = true) {
    return Array.from({ length: this.random.integer(1, 3) }, () => {
      const tag = `${this.append}.${this.#count++}`;
      return withIds ? { tag, eventId: this.idOf(tag) } : { tag };
    });
  }
}

const part = (streamId, expectedVersion, events) => ({ streamId, expectedVersion, events });

export const isRepeatable = ({ parts }) =>
  parts.every(({ events }) => events.every(({ eventId }) => eventId !== undefined));

const TEXTS = {
  nul: 'a\0b',
  'half a surrogate pair': 'a\ud800',
  /** More than one batch takes, so it is sent by itself. */
  large: 'x'.repeat(2 ** 20),
};

/** The plan in the form that the event store takes. */
export const toAppends = ({ parts }) =>
  parts.map(({ streamId, expectedVersion, events }) => ({
    streamId,
    expectedVersion,
    events: events.map(({ tag, eventId, text }) => ({
      type: 'test.written',
      eventId,
      data: { tag, text: TEXTS[text] },
    })),
  }));
