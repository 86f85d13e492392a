/**
 * Compares the log with the answers that its writers got. For each append, the journals have the data, the time, and
 * the outcome of each sending. The result is a list of faults in words, which is empty when the log kept every promise:
 *
 * - positions are 1, 2, 3 ..., versions are so in each stream, and time never runs backwards
 * - an acknowledged append is there once, in one piece, at the acknowledged and expected place
 * - a refused append is not there; an append without an answer is there in one piece or not at all
 * - an append that was acknowledged before another was sent is before the other in the log
 * - no writer got an impossible answer: a conflict on its own stream, a success of data that PostgreSQL cannot store
 */
import { readFileSync } from 'node:fs';

export interface LogRow {
  position: number;
  streamId: string;
  version: number;
  eventId: string;
  tag: string;
  timestamp: Date;
}

interface Plan {
  append: string;
  kind: string;
  may: readonly string[];
  parts: readonly {
    streamId: string;
    expectedVersion: number | string;
    events: readonly { tag: string; eventId?: string }[];
  }[];
}

interface Answer {
  /** `appended`, `duplicate`, `unclear`, or the name of the error. */
  told: string;
  eventId?: string;
  version?: number;
  position?: number;
  /** Milliseconds on the machine's monotonic clock, like `sentAt`. */
  at: number;
}

/** An append with all its sendings. A sending has no answer if its process was killed meanwhile. */
export interface SentAppend extends Plan {
  sentAt: number;
  answers: Answer[];
  unanswered: boolean;
}

type Line = { at: number } & ({ plan: Plan } | ({ append: string } & Answer));

/** @param journals the files of each process in the order in which they were written */
export function readHistory(journals: readonly string[]): SentAppend[] {
  const appends = new Map<string, SentAppend>();
  for (const line of journals.flatMap(readLines)) {
    if ('plan' in line) {
      const { plan, at } = line;
      const before = appends.get(plan.append);
      appends.set(plan.append, { ...plan, sentAt: at, answers: [], ...before, unanswered: true });
    } else {
      const { append, ...answer } = line;
      const sent = appends.get(append)!;
      sent.answers.push(answer);
      sent.unanswered = false;
    }
  }
  return [...appends.values()];
}

/** A kill may tear the last line. */
const readLines = (journal: string) =>
  readFileSync(journal, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Line);

export const isDuplicate = ({ told }: Answer) => told === 'duplicate';
const isAcknowledged = (answer: Answer) => answer.told === 'appended' || isDuplicate(answer);

export function findFaults(log: readonly LogRow[], history: readonly SentAppend[]): string[] {
  const rows = new Map(log.map((row) => [row.tag, row]));
  return [
    ...faultsOfLog(log),
    ...strangers(log, history),
    ...history.flatMap(unexpectedAnswers),
    ...history.flatMap((append) => misplaced(append, rows)),
    ...unwanted(history, rows),
    ...outOfOrder(history),
  ];
}

function faultsOfLog(log: readonly LogRow[]): string[] {
  const faults: string[] = [];
  const lengths = new Map<string, number>();
  const tags = new Set<string>();
  for (const [index, { position, streamId, version, tag, timestamp }] of log.entries()) {
    const due = (lengths.get(streamId) ?? 0) + 1;
    lengths.set(streamId, version);
    if (position !== index + 1) faults.push(`position ${position} stands where ${index + 1} should`);
    if (version !== due) faults.push(`${streamId}: version ${version} at ${position}, not ${due}`);
    if (index > 0 && timestamp < log[index - 1]!.timestamp) faults.push(`time runs backwards at ${position}`);
    if (tags.has(tag)) faults.push(`${tag} is there again at ${position}`);
    tags.add(tag);
  }
  return faults;
}

function strangers(log: readonly LogRow[], history: readonly SentAppend[]): string[] {
  const sent = new Set(history.flatMap(tagsOf));
  return log.filter(({ tag }) => !sent.has(tag)).map(({ tag }) => `${tag} was never sent`);
}

/**
 * An append may get `duplicate` if the caller gave its ids: the store itself may have sent it before, and lost the
 * answer.
 */
function unexpectedAnswers({ append, kind, may, answers, parts }: SentAppend): string[] {
  const ownIds = parts.some(({ events }) => events.some(({ eventId }) => eventId === undefined));
  const allowed = new Set(['unclear', ...may]);
  if (allowed.has('appended') && !ownIds) allowed.add('duplicate');
  return answers
    .filter(({ told }) => !allowed.has(told))
    .map(({ told }) => `${append} (${kind}) was told ${told}`);
}

/** The answer names the last event. The others are right before it, in the given order. */
function misplaced({ append, parts, answers }: SentAppend, rows: Map<string, LogRow>): string[] {
  const events = parts.flatMap(({ streamId, expectedVersion, events: own }) =>
    own.map((event, index) => ({ ...event, streamId, expectedVersion, index })),
  );
  return answers.filter(isAcknowledged).flatMap(({ told, eventId, version, position }) => {
    const where = `${append} (${told} at ${position})`;
    const last = rows.get(events.at(-1)!.tag);
    const faults = events.flatMap((event, index) => {
      const row = rows.get(event.tag);
      if (row === undefined) return `${where}: ${event.tag} is lost`;
      const due = {
        streamId: event.streamId,
        position: position! - events.length + 1 + index,
        eventId: event.eventId ?? row.eventId,
        version: versionDue(event.expectedVersion, event.index) ?? row.version,
      };
      return Object.entries(due)
        .filter(([field, value]) => row[field as keyof LogRow] !== value)
        .map(([field, value]) => `${where}: ${field} of ${event.tag} is not ${value}`);
    });
    if (last && (last.version !== version || last.eventId !== eventId)) faults.push(`${where}: wrong answer`);
    return faults;
  });
}

function versionDue(expected: number | string, index: number): number | undefined {
  if (expected === 'no-stream') return index + 1;
  return typeof expected === 'number' ? expected + index + 1 : undefined;
}

/** Events of unacknowledged appends. A refused one has none. One without an answer has all of its events or none. */
function unwanted(history: readonly SentAppend[], rows: Map<string, LogRow>): string[] {
  const isAcknowledgedAppend = ({ answers }: SentAppend) => answers.some(isAcknowledged);
  const acknowledged = new Set(history.filter(isAcknowledgedAppend).flatMap(tagsOf));
  return history
    .filter((append) => !isAcknowledgedAppend(append))
    .flatMap((append) => {
      const tags = tagsOf(append).filter((tag) => !acknowledged.has(tag));
      const present = tags.filter((tag) => rows.has(tag));
      const open = isUnclear(append) && append.may.includes('appended');
      if (present.length === 0 || (open && present.length === tags.length)) return [];
      return [`${append.append} (${append.kind}, not acknowledged): ${present.join(', ')} is there`];
    });
}

const isUnclear = ({ unanswered, answers }: SentAppend) => unanswered || answers.at(-1)?.told === 'unclear';

/** Real time: an append that is sent after the acknowledgement of another must come later in the log. */
function outOfOrder(history: readonly SentAppend[]): string[] {
  const moments = history
    .filter(({ kind }) => kind !== 'repeat')
    .flatMap(({ append, sentAt, answers }) => {
      const first = answers.find(isAcknowledged);
      if (first === undefined) return [];
      const ends = { append, position: first.position!, floor: undefined };
      return [
        { ...ends, at: sentAt, sent: true },
        { ...ends, at: first.at, sent: false },
      ];
    })
    .toSorted((a, b) => a.at - b.at);
  const floors = new Map<string, number>();
  let acknowledged = 0;
  return moments.flatMap(({ append, position, sent }) => {
    if (sent) floors.set(append, acknowledged);
    else acknowledged = Math.max(acknowledged, position);
    const floor = floors.get(append)!;
    return !sent && position <= floor
      ? [`${append} at ${position} was sent after ${floor} was acknowledged`]
      : [];
  });
}

const tagsOf = ({ parts }: Plan) => parts.flatMap(({ events }) => events.map(({ tag }) => tag));
