/**
 * PostgreSQL's largest `integer`. It is the maximum of versions, revisions and all settings in such a column. The help
 * of the command line shows it and must not wait for Nest, so this module imports nothing.
 */
export const MAX_INTEGER = 2 ** 31 - 1;
