/** A name as PostgreSQL takes it in a statement, whatever characters it has. */
export const quoteIdentifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;
