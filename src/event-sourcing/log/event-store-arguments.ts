/** The rules for the arguments of the methods of `EventStore`. Events themselves are checked where rows are made. */
import { isRecord } from '../options/resolve-options.js';
import { callOptions, NON_EMPTY_TEXT, oneOf, optional, type Rules } from '../options/rules.js';
import {
  arrayOf,
  COMPARED_TEXT,
  COUNT,
  INSTANT,
  MANAGER,
  PAGE_SIZE,
  POSITION,
  VERSION,
} from './argument-rules.js';

const TYPES = optional(
  arrayOf('texts without \\u0000 and without half of a surrogate pair', (type) =>
    COMPARED_TEXT.accepts(type),
  ),
);

export const APPEND: Rules = {
  appends: arrayOf('objects', isRecord),
  options: callOptions({ manager: MANAGER, at: optional(oneOf('call', 'commit')) }),
};

export const PENDING_EVENTS: Rules = { streamId: NON_EMPTY_TEXT, manager: MANAGER };

export const READ_STREAM: Rules = {
  streamId: NON_EMPTY_TEXT,
  options: callOptions({
    fromVersion: optional(VERSION),
    maxCount: optional(COUNT),
    direction: optional(oneOf('forwards', 'backwards')),
  }),
  manager: MANAGER,
};

export const ITERATE_STREAM: Rules = {
  streamId: NON_EMPTY_TEXT,
  options: callOptions({ fromVersion: optional(VERSION), pageSize: PAGE_SIZE }),
  manager: MANAGER,
};

export const READ_ALL: Rules = {
  options: callOptions({ fromPosition: optional(POSITION), maxCount: optional(COUNT), types: TYPES }),
};

export const ITERATE_ALL: Rules = {
  options: callOptions({ fromPosition: optional(POSITION), pageSize: PAGE_SIZE, types: TYPES }),
};

export const VERSION_AT: Rules = { streamId: NON_EMPTY_TEXT, instant: INSTANT };

export const READ_POSITIONS: Rules = {
  positions: arrayOf('positions', (position) => POSITION.accepts(position)),
};
