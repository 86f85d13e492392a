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

/** The settings that the relay relies on. All others are the operator's: retention, placement, compression. */
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

/** A sentence for each setting of an existing stream that the relay cannot work with. */
export function differencesOf(found: StreamConfig, options: ResolvedRelayOptions): string[] {
  const wanted = required(options);
  return Object.entries(wanted)
    .map(([name, value]) => [name, shown(found[name as keyof typeof wanted]), shown(value)] as const)
    .filter(([, is, must]) => is !== must)
    .map(([name, is, must]) => `${name} is ${is}, and must be ${must}`);
}

const shown = (value: unknown) => (value === undefined ? 'none' : JSON.stringify(value));
