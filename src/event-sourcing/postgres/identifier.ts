/** Quotes a name for a statement of PostgreSQL, whatever characters it has. */
export const quoteIdentifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;
