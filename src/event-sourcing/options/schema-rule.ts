import { text } from './rules.js';

/**
 * The end of the notification channel's name, which begins with the schema's name. PostgreSQL cuts names after 63
 * bytes, and refuses such a channel.
 */
export const CHANNEL_END = '_appended';
const NAME_BYTES = 63;
const SCHEMA_BYTES = NAME_BYTES - CHANNEL_END.length;

/** The schema of an event store. */
export const SCHEMA = text(
  SCHEMA_BYTES,
  'eventfold',
  ` ("<schema>${CHANNEL_END}" is a name, too, and has ${NAME_BYTES} at most)`,
);
