/**
 * The subject of an event: `<prefix>.<partition>.<type>`, such as `eventfold.07.user.registered`.
 *
 * The partition is the CRC-32 of the stream id in UTF-8 (the one of zlib, PNG and Ethernet), modulo the number of
 * partitions, in two digits. CRC-32 is in the standard library of most languages, so other services can compute it. So
 * all events of a stream have one partition, and a consumer can take a part of the partitions by a filter.
 *
 * Never change this: the subjects of stored messages depend on it.
 */
import { crc32 } from 'node:zlib';
import type { StoredEvent } from '../../event-sourcing/index.js';

/** How the subjects of a stream are made. All who publish to it and read from it must agree. */
export interface SubjectLayout {
  /** The beginning of all subjects: one word, or several with dots between. */
  prefix: string;
  /** The number of partitions, from 1 to 100. */
  partitions: number;
}

export const subjectOf = (
  layout: SubjectLayout,
  { streamId, type }: Pick<StoredEvent, 'streamId' | 'type'>,
) => `${partitionPrefix(layout, partitionOf(streamId, layout.partitions))}.${tokensOf(type)}`;

/** The subjects of all events: one for each partition, so that the broker refuses others. */
export const subjectsOf = (layout: SubjectLayout): string[] =>
  Array.from({ length: layout.partitions }, (_, partition) => `${partitionPrefix(layout, partition)}.>`);

export const partitionOf = (streamId: string, partitions: number): number => crc32(streamId) % partitions;

const partitionPrefix = ({ prefix }: SubjectLayout, partition: number) =>
  `${prefix}.${String(partition).padStart(2, '0')}`;

/** What NATS allows in a subject: words with dots between. */
const WORDS = /^[\w-]+(\.[\w-]+)*$/;

/** The type as it is, when NATS allows it. Else other characters, and dots beside nothing, are percent-encoded. */
function tokensOf(type: string): string {
  if (WORDS.test(type)) return type;
  return encodeURIComponent(type)
    .replaceAll(/[!'()*~]/g, percentEncoded)
    .replaceAll(/^\.|\.(?=\.|$)/g, percentEncoded);
}

const percentEncoded = (character: string) =>
  `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
