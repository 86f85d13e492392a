import { isStorableText } from '../event/storable-value.js';
import { LAST_VERSION } from './append/append.js';
import { READ_PAGE } from './page-sizes.js';
import type { StreamRange } from './read.sql.js';

/** Which events of a stream a read returns. */
export interface StreamOptions {
  /** The first version to read. Default: the first one, or the last one when reading backwards. */
  fromVersion?: number | undefined;
  /** The most events. Default: 500. */
  maxCount?: number | undefined;
  direction?: 'forwards' | 'backwards' | undefined;
}

/** The range; undefined when no stream can have such an event. PostgreSQL would refuse the query. */
export function rangeOf(
  streamId: string,
  { direction = 'forwards', ...options }: StreamOptions,
): StreamRange | undefined {
  const isForwards = direction === 'forwards';
  const { fromVersion = isForwards ? 1 : LAST_VERSION, maxCount = READ_PAGE } = options;
  if (!isStorableText(streamId) || (isForwards && fromVersion > LAST_VERSION)) return undefined;
  return { streamId, fromVersion: Math.min(fromVersion, LAST_VERSION), maxCount, direction };
}
