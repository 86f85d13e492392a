import { describe, expect, it } from '@jest/globals';
import type { StreamConfig } from '@nats-io/jetstream';
import { RELAY_RULES, type ResolvedRelayOptions } from './relay-options.js';
import { differencesOf, newStream } from './stream-settings.js';

const OPTIONS = Object.fromEntries(
  Object.entries(RELAY_RULES).map(([name, { byDefault }]) => [name, byDefault]),
) as unknown as ResolvedRelayOptions;

/** A stream as a broker describes it. */
const found = (settings: object): StreamConfig => ({ ...newStream(OPTIONS, 3), ...settings }) as never;

describe('the settings of the stream of a relay', () => {
  it('are those that the relay has made it with, and what the operator has added', () => {
    const defaults = { max_msgs_per_subject: -1, max_msgs: -1, no_ack: false, sealed: false, sources: null };
    const newer = {
      allow_msg_ttl: false,
      subject_delete_marker_ttl: 0,
      first_seq: 0,
      persist_mode: 'default',
    };
    expect(differencesOf(found(defaults), OPTIONS)).toEqual([]);
    expect(differencesOf(found({ ...newer, first_seq: 1 }), OPTIONS)).toEqual([]);
    const own = { max_msgs: 1_000, max_age: 10, compression: 's2', republish: { src: '>', dest: 'copy.>' } };
    expect(differencesOf(found(own), OPTIONS)).toEqual([]);
  });

  it.each([
    ['subject_transform', { src: 'eventfold.>', dest: 'all.eventfold.>' }],
    ['max_msgs_per_subject', 5],
    ['no_ack', true],
    ['sources', [{ name: 'OTHER' }]],
    ['mirror', { name: 'OTHER' }],
    ['allow_msg_ttl', true],
    ['subject_delete_marker_ttl', 1_000],
    ['first_seq', 100],
    ['persist_mode', 'async'],
  ])('must not have %s', (name, value) => {
    const sentence = `${name} is ${JSON.stringify(value)}, and must not be set: it `;
    expect(differencesOf(found({ [name]: value }), OPTIONS)).toEqual([expect.stringContaining(sentence)]);
  });
});
