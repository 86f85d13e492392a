/** The rules for the arguments of `LiveFeed`. */
import { EVENT_TYPES, POSITION, SIGNAL, STORABLE_TEXT } from '../log/argument-rules.js';
import { callOptions, functionThat, optional, type Rules } from '../options/rules.js';

export const EVENTS: Rules = {
  options: callOptions({
    after: optional(POSITION),
    types: EVENT_TYPES,
    streamId: optional(STORABLE_TEXT),
    correlationId: optional(STORABLE_TEXT),
    signal: optional(SIGNAL),
  }),
};

export const WATCH: Rules = {
  options: callOptions({
    projection: STORABLE_TEXT,
    key: optional({ says: 'a text', accepts: (value) => typeof value === 'string' }),
    read: { ...functionThat('reads the rows'), isOptional: false },
    signal: optional(SIGNAL),
  }),
};
