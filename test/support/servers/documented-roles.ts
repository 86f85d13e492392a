import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const guide = await readFile(join(import.meta.dirname, '../../../docs/running.md'), 'utf8');
const section = guide.split(/^## /m).find((each) => each.startsWith('Roles of the database'))!;
const [makeRoles, grants] = [...section.matchAll(/^```sql\n([\s\S]*?)^```$/gm)].map(([, sql]) => sql!);

/** The statements of docs/running.md that make the roles, for a database of this name. */
export const makingRoles = (database: string): string => makeRoles!.replaceAll(/\bfilms\b/g, database);

/** The statements that give the roles their rights. The owner of the schema runs them. */
export const grantingRights = (): string => grants!;
