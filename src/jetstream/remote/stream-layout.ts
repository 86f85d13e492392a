import type { StreamInfo } from '@nats-io/jetstream';
import type { StreamLayout } from '../relay/stream-settings.js';
import { EventsRemovedError, WrongStreamError } from './remote-errors.js';

/** A relay describes its stream by a title and its layout as JSON. */
const DESCRIPTION = /^Eventfold log (\{.*\})$/;

/** @throws WrongStreamError when the stream is none of a relay */
export function layoutOfStream({ config: { name, description = '' } }: StreamInfo): StreamLayout {
  const [, layout] = DESCRIPTION.exec(description) ?? [];
  if (layout === undefined) throw new WrongStreamError(name, 'no relay has made it');
  return JSON.parse(layout) as StreamLayout;
}

/** @throws EventsRemovedError when the stream does not have the event at a position any more */
export function requireKept({ config, state }: StreamInfo, { offset }: StreamLayout, needed: number): void {
  const first = Math.max(state.first_seq, 1) + offset;
  if (first > needed) throw new EventsRemovedError(config.name, needed, first);
}
