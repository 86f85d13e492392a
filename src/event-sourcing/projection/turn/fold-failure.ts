import type { StoredEvent } from '../../event/domain-event.js';
import { storableText } from '../../event/storable-value.js';

/** The event at which a fold failed, with the fields that parking needs. */
export type FailedEvent = Pick<StoredEvent, 'position' | 'eventId' | 'streamId' | 'version'> & {
  type: string;
};

/** How many characters of a reason are kept. */
const REASON = 2_000;

/** A fold failed at a known event. */
export class FoldFailure extends Error {
  constructor(
    readonly event: FailedEvent,
    readonly key: string,
    override readonly cause: unknown,
  ) {
    super(storableText(reasonOf(cause), REASON));
    this.stack = (cause as Error | undefined)?.stack ?? this.message;
  }
}

/** The text for any thrown value. */
export function reasonOf(thrown: unknown): string {
  if (!isError(thrown)) return `The handler threw ${inWords(thrown)}, which is no Error.`;
  const { name, message, cause, errors } = thrown;
  const because = [...(errors ?? []), ...(cause === undefined ? [] : [cause])].map(reasonOf);
  return [message || name, ...because.filter((reason) => !message.includes(reason))].join(': ');
}

/** Whether a value is an error, also of another realm. */
const isError = (thrown: unknown): thrown is Error & { errors?: unknown[] } =>
  typeof thrown === 'object' && thrown !== null && typeof (thrown as Error).message === 'string';

function inWords(thrown: unknown): string {
  if (typeof thrown === 'string') return `"${thrown}"`;
  try {
    return JSON.stringify(thrown) ?? String(thrown);
  } catch {
    return typeof thrown;
  }
}
