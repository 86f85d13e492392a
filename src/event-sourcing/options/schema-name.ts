import { type Rule, text } from './rules.js';

/**
 * The end of the notification channel's name, which begins with the schema's name. PostgreSQL cuts names after 63
 * bytes, and refuses such a channel.
 */
export const CHANNEL_END = '_appended';
const NAME_BYTES = 63;

/** PostgreSQL makes no schema with the prefix, and has the other one already. */
const OF_POSTGRESQL = /^(pg_|information_schema$)/;

const name = text(
  NAME_BYTES - CHANNEL_END.length,
  'eventfold',
  ` ("<schema>${CHANNEL_END}" is a name, too, and has ${NAME_BYTES} at most), and no name that PostgreSQL keeps for ` +
    'itself: "information_schema", and those that begin with "pg_"',
);

/** The rule for the schema of an event store, in the options and in the migrations alike. */
export const SCHEMA_NAME: Rule<string> = {
  ...name,
  accepts: (value) => name.accepts(value) && !OF_POSTGRESQL.test(value),
};
