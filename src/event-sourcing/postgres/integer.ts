/**
 * PostgreSQL's largest `integer`. Versions, revisions and whole settings that are stored in such a column end here.
 * The help of the command line has it, too, and must not wait for Nest: this module imports nothing.
 */
export const MAX_INTEGER = 2 ** 31 - 1;
