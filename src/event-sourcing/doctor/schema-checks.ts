/** Checks of the schema's tables and of the role's rights in it. */
import { lackOfTables } from './required-tables.js';
import { quoteIdentifier } from '../postgres/identifier.js';
import type { Check } from './check.js';

const tables: Check = {
  name: 'tables',
  right: 'all that this version works with',
  sql: `array(select name from missing)`,
  look({ answers, examined }) {
    const missing = answers['tables'] as string[];
    if (missing.length === 0) return { value: 'complete' };
    const value = `${missing.length} missing`;
    return { value, finding: { severity: 'wrong', ...lackOfTables(examined.schema, missing) } };
  },
};

/**
 * Grants that the role lacks, as statements. The log of events and that of operations are never changed, so select and
 * insert are enough there.
 */
const rights: Check = {
  name: 'rights',
  right: 'usage of the schema, its tables and its functions',
  sql: `array(
    select 'grant usage on schema ' || $1
     where to_regnamespace($1) is not null and not has_schema_privilege(to_regnamespace($1)::oid, 'usage')
    union all
    select 'grant ' || string_agg(privilege, ', ' order by place) || ' on ' || name
      from present,
           unnest(array['select', 'insert', 'update', 'delete']) with ordinality as each(privilege, place)
     where place <= case when only_grows then 2 else 4 end and not has_table_privilege(id, privilege)
     group by name
    union all
    select 'grant execute on function ' || oid::regprocedure from pg_proc
     where pronamespace = to_regnamespace($1) and proname = any($3::text[])
       and not has_function_privilege(oid, 'execute'))`,
  look({ answers, examined, user }) {
    const missing = (answers['rights'] as string[]).map((grant) => `${grant} to ${quoteIdentifier(user)};`);
    if (missing.length === 0) return { value: 'granted' };
    const value = `${missing.length} missing`;
    const says = `The role "${user}" lacks rights in the schema "${examined.schema}".`;
    const cure = `As the owner: ${missing.join(' ')}`;
    return { value, finding: { severity: examined.mayOnlyRead ? 'warn' : 'wrong', says, cure } };
  },
};

const rebuildRights: Check = {
  name: 'rights for rebuilds',
  right: 'create on the schema, for the tables that a rebuild folds into',
  sql: `to_regnamespace($1) is null or has_schema_privilege(to_regnamespace($1)::oid, 'create')`,
  look({ answers, examined, user }) {
    if (answers['rights for rebuilds'] === true) return { value: 'granted' };
    if (!examined.folds) return { value: 'not granted, not needed' };
    const says =
      `The role "${user}" may not create tables in the schema "${examined.schema}": ` +
      'this process cannot rebuild a read model.';
    const cure =
      'Let another process do it, or, as the owner: ' +
      `grant create on schema ${examined.quotedSchema} to ${quoteIdentifier(user)};`;
    return { value: 'not granted', finding: { severity: 'warn', says, cure } };
  },
};

const rowSecurity: Check = {
  name: 'row security',
  right: 'no policies that hold for this role on these tables',
  sql: `array(select name from present where row_security_active(id))`,
  look({ answers, user }) {
    const found = answers['row security'] as string[];
    if (found.length === 0) return { value: 'none' };
    const says =
      `Row security is on for ${found.join(', ')}: ` +
      `a policy may hide events and rows from the role "${user}", ` +
      'and then projections miss them without an error.';
    const cure =
      `Let the role see all rows: alter role ${quoteIdentifier(user)} bypassrls, ` +
      'or a policy "using (true)" for it.';
    return { value: `on for ${found.length}`, finding: { severity: 'warn', says, cure } };
  },
};

const autovacuum: Check = {
  name: 'autovacuum',
  right: 'on, for all these tables',
  settings: ['autovacuum'],
  sql: `array(select name from present join pg_class c on c.oid = id
               where exists (select from pg_options_to_table(c.reloptions)
                              where option_name = 'autovacuum_enabled'
                                and lower(option_value) in ('off', 'false', 'no', '0', 'f')))`,
  look({ settings, answers }) {
    const isOff = settings['autovacuum'] === 'off';
    const found = answers['autovacuum'] as string[];
    if (!isOff && found.length === 0) return { value: 'on' };
    const where = isOff ? 'for the whole server' : `for ${found.join(', ')}`;
    const says = `autovacuum is off ${where}: each turn leaves dead rows behind, and they pile up.`;
    const cure = isOff
      ? 'Turn autovacuum on in postgresql.conf.'
      : `Turn it on: ${found.map((table) => `alter table ${table} reset (autovacuum_enabled);`).join(' ')}`;
    return { value: `off ${where}`, finding: { severity: 'warn', says, cure } };
  },
};

export const SCHEMA_CHECKS: readonly Check[] = [tables, rights, rebuildRights, rowSecurity, autovacuum];
