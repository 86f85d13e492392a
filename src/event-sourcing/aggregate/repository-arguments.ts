/** The rules for the arguments of the methods of `EventSourcedRepository`. */
import { arrayOf, INSTANT, MANAGER, VERSION } from '../log/argument-rules.js';
import { isRecord } from '../options/resolve-options.js';
import {
  callOptions,
  functionThat,
  NON_EMPTY_TEXT,
  oneOf,
  optional,
  type Rule,
  type Rules,
} from '../options/rules.js';

const AGGREGATE: Rule = {
  says: 'an aggregate whose id is a text that is not empty',
  accepts: (value) => NON_EMPTY_TEXT.accepts(value?.id) && Array.isArray(value.uncommittedEvents),
};

const TURN: Rule = optional({
  says: 'the CurrentTurn of a reaction',
  accepts: (value) => typeof value?.appending === 'function',
});

const SAVE_OPTIONS: Rules = {
  manager: MANAGER,
  at: optional(oneOf('call', 'commit')),
  turn: TURN,
  alongside: optional(arrayOf('objects', isRecord)),
};

/** The single options of `retry` are checked where they are joined with those of the store. */
const RETRY: Rule = optional({ says: 'an object with maxAttempts, baseDelayMs', accepts: isRecord });

export const EXISTS: Rules = { id: NON_EMPTY_TEXT };
export const FIND: Rules = { id: NON_EMPTY_TEXT, manager: MANAGER };
export const FIND_AT: Rules = { id: NON_EMPTY_TEXT, instant: INSTANT };
export const FIND_AT_VERSION: Rules = { id: NON_EMPTY_TEXT, version: VERSION };
export const CREATE: Rules = { aggregate: AGGREGATE, options: callOptions(SAVE_OPTIONS) };
export const UPDATE: Rules = {
  id: NON_EMPTY_TEXT,
  decide: { ...functionThat('calls business methods'), isOptional: false },
  options: callOptions({ ...SAVE_OPTIONS, expectedVersion: optional(VERSION), retry: RETRY }),
};
