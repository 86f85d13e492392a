/**
 * The settings of a relay's stream. The stream itself keeps what consumers must know to read it: prefix, partitions and
 * offset, as JSON in its description. (The metadata of a stream would be the place, but need a server from 2.10 on.)
 */
import { RetentionPolicy, StorageType, type StreamConfig } from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import { type SubjectLayout, subjectsOf } from '../message/subject.js';
import type { ResolvedRelayOptions } from './relay-options.js';

/** How a stream maps to a log: position = sequence + offset. */
export interface StreamLayout extends SubjectLayout {
  /** Number of events of the log that the stream lacks at its beginning. */
  offset: number;
}

const TITLE = 'Eventfold log ';
/**
 * The broker forgets message ids after this time, in ms. The expected sequence prevents repeats without it, so the ids
 * would only take memory.
 */
const DUPLICATE_WINDOW_MS = 1_000;

export const layoutOf = ({ prefix, partitions, firstPosition }: ResolvedRelayOptions): StreamLayout => ({
  prefix,
  partitions,
  offset: firstPosition - 1,
});

/** The settings that the relay relies on. Those that are not here or below are the operator's. */
const required = (options: ResolvedRelayOptions) => ({
  subjects: subjectsOf(options),
  description: `${TITLE}${JSON.stringify(layoutOf(options))}`,
  storage: StorageType.File,
  retention: RetentionPolicy.Limits,
  deny_delete: true,
  deny_purge: true,
});

export const newStream = (options: ResolvedRelayOptions, replicas: number) => ({
  name: options.stream,
  ...required(options),
  num_replicas: replicas,
  duplicate_window: nanos(DUPLICATE_WINDOW_MS),
});

/**
 * The settings that a stream must not have, with what they do. Some of them need a newer server than 2.9.
 */
const FORBIDDEN: Readonly<Record<string, string>> = {
  subject_transform: 'changes subjects',
  sources: 'takes sequences for other messages',
  mirror: 'takes sequences for other messages',
  no_ack: 'leaves the relay without answers',
  max_msgs_per_subject: 'removes messages between others',
  allow_msg_ttl: 'removes messages between others',
  subject_delete_marker_ttl: 'takes sequences for other messages',
  first_seq: 'leaves out events, and no consumer knows how many',
  persist_mode: 'acknowledges what a crash loses',
};
/** How brokers show a setting that is not set. */
const UNSET: ReadonlySet<unknown> = new Set([undefined, null, false, 0, -1, '', 'default']);

/** A sentence for each setting of an existing stream that the relay cannot work with. */
export function differencesOf(found: StreamConfig, options: ResolvedRelayOptions): string[] {
  const settings = new Map<string, unknown>(Object.entries(found));
  const other = Object.entries(required(options))
    .map(([name, value]) => [name, shown(settings.get(name)), shown(value)] as const)
    .filter(([, is, must]) => is !== must)
    .map(([name, is, must]) => `${name} is ${is}, and must be ${must}`);
  const forbidden = Object.entries(FORBIDDEN)
    .filter(([name]) => isSet(name, settings.get(name)))
    .map(([name, does]) => `${name} is ${shown(settings.get(name))}, and must not be set: it ${does}`);
  return [...other, ...forbidden];
}

function isSet(name: string, value: unknown): boolean {
  if (name === 'first_seq' && value === 1) return false;
  return !UNSET.has(value) && !(Array.isArray(value) && value.length === 0);
}

const shown = (value: unknown) => (value === undefined ? 'none' : JSON.stringify(value));
