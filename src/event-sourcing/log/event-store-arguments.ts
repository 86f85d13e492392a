/** The rules for the arguments of the methods of `EventStore`. Events themselves are checked where rows are made. */
import { isRecord } from '../options/resolve-options.js';
import { callOptions, NON_EMPTY_TEXT, oneOf, optional, type Rules } from '../options/rules.js';
import {
  arrayOf,
  COUNT,
  EVENT_TYPES,
  INSTANT,
  MANAGER,
  PAGE_SIZE,
  POSITION,
  VERSION,
} from './argument-rules.js';

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
  options: callOptions({ fromPosition: optional(POSITION), maxCount: optional(COUNT), types: EVENT_TYPES }),
};

export const ITERATE_ALL: Rules = {
  options: callOptions({ fromPosition: optional(POSITION), pageSize: PAGE_SIZE, types: EVENT_TYPES }),
};

export const VERSION_AT: Rules = { streamId: NON_EMPTY_TEXT, instant: INSTANT };

export const READ_POSITIONS: Rules = {
  positions: arrayOf('positions', (position) => POSITION.accepts(position)),
};
