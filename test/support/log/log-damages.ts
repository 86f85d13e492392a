/**
 * Proves that the check of test/many-writers sees damage. Each damage changes a copy of the result of a run, and has
 * the fault that the check must then report.
 */
import type { LogRow, SentAppend } from './append-history.js';

export const damages: [string, RegExp, (log: LogRow[], history: SentAppend[]) => void][] = [
  [
    'an acknowledged event that is lost',
    /is lost/,
    (log, history) => log.splice(placeOf(log, fresh(history)), 1),
  ],
  [
    'an event that is there twice',
    /is there again/,
    (log, history) => log.push({ ...log[placeOf(log, fresh(history))]!, position: log.length + 1 }),
  ],
  [
    'an event in the place of another',
    /position of .* is not/,
    (log, history) => {
      const place = placeOf(log, fresh(history));
      [log[place]!.tag, log[place + 1]!.tag] = [log[place + 1]!.tag, log[place]!.tag];
    },
  ],
  [
    'an event at another version',
    /version of .* is not/,
    (log, history) => log[placeOf(log, fresh(history))]!.version++,
  ],
  [
    'a refused append that is there',
    /bad text, not acknowledged/,
    (log, history) => {
      log[0]!.tag = history.find(({ kind }) => kind === 'bad text')!.parts[0]!.events[0]!.tag;
    },
  ],
  [
    'half of an append whose answer was lost',
    /fresh, not acknowledged/,
    (log, history) => {
      const append = fresh(history);
      append.answers = [];
      append.unanswered = true;
      log.splice(placeOf(log, append), 1);
    },
  ],
  [
    'an append before one that was acknowledged earlier',
    /was sent after/,
    (_, history) => {
      const append = fresh(history);
      append.sentAt = append.answers[0]!.at = Infinity;
    },
  ],
  ['an answer with a wrong version', /wrong answer/, (_, history) => fresh(history).answers[0]!.version!++],
  [
    "a conflict on a writer's own new stream",
    /was told ConcurrencyError/,
    (_, history) => (fresh(history).answers[0]!.told = 'ConcurrencyError'),
  ],
  ['an event that nobody sent', /was never sent/, (log) => (log[0]!.tag = 'stranger')],
  ['a gap', /stands where/, (log) => log.splice(5, 1)],
  ['time that runs backwards', /time runs backwards/, (log) => (log[5]!.timestamp = new Date(0))],
];

/** An acknowledged append of several events that no later one repeats. */
function fresh(history: SentAppend[]): SentAppend {
  return history.find(
    ({ kind, parts: [part], answers }) =>
      kind === 'fresh' &&
      part!.events.length > 1 &&
      part!.events[0]!.eventId === undefined &&
      answers[0]?.position,
  )!;
}

/** The index of its first event in the array. */
const placeOf = (log: LogRow[], { parts }: SentAppend) =>
  log.findIndex(({ tag }) => tag === parts[0]!.events[0]!.tag);
