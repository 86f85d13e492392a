/** Test files share the servers of a run: what one does must not reach the databases of the others. */
import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const test = join(import.meta.dirname, '..');
const TEXT = /`[^`]*`|'[^'\n]*'|"[^"\n]*"/g;
const SESSIONS = /from pg_stat_activity/;
/** Of its own database, or of a role that only it has. */
const IS_OWN = /\bdatname\b|\busename\b/;

const foreignSessions = (source: string): string[] =>
  (source.match(TEXT) ?? []).filter((text) => SESSIONS.test(text) && !IS_OWN.test(text));

describe('a test', () => {
  it('looks at sessions of its own database, and ends no other', () => {
    const files = (readdirSync(test, { recursive: true }) as string[]).filter(
      (name) => /\.(ts|mjs)$/.test(name) && !import.meta.filename.endsWith(name),
    );
    expect(files.length).toBeGreaterThan(300);
    const faults = files.flatMap((file) =>
      foreignSessions(readFileSync(join(test, file), 'utf8')).map((text) => ({ file, text })),
    );
    expect(faults).toEqual([]);
  });

  it('is found when it does not', () => {
    const view = 'pg_stat_activity';
    const sql = `select pg_terminate_backend(pid) from ${view} where wait_event = $1`;
    expect(foreignSessions(`query(\`${sql}\`)`)).toEqual([`\`${sql}\``]);
  });
});
