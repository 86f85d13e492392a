import type { Folding } from './folding.js';
import { rebuildNameOf } from './row-table.js';
import type { Statements } from '../postgres/database.js';

/** A table of living rows and its place-holder, both quoted. */
interface Pair {
  living: string;
  renewed: string;
}

interface Index {
  name: string;
  definition: string;
  constraint: 'p' | 'u' | null;
  isPrimary: boolean;
}

const pairsOf = (folding: Folding): Pair[] =>
  folding.tables('live').map(({ table }, number) => ({
    living: table.name,
    renewed: folding.tables('rebuild')[number]!.table.name,
  }));

/** Empty tables like the living ones, with their primary keys: the other indexes are made when the rows are there. */
export async function createRebuildTables(manager: Statements, folding: Folding): Promise<void> {
  await dropRebuildTables(manager, folding);
  for (const { living, renewed } of pairsOf(folding)) {
    await manager.query(`create table ${renewed} (like ${living} including all excluding indexes)`);
    const [storage] = await manager.query<{ options: string | null }[]>(
      `select array_to_string(reloptions, ', ') as options from pg_class where oid = $1::regclass`,
      [living],
    );
    if (storage?.options) await manager.query(`alter table ${renewed} set (${storage.options})`);
    for (const index of await indexesOf(manager, living)) {
      if (index.isPrimary) await createIndex(manager, renewed, index);
    }
  }
}

/** Makes the rows ready to be queried. Can be called again. */
export async function indexRebuildTables(manager: Statements, folding: Folding): Promise<void> {
  for (const { living, renewed } of pairsOf(folding)) {
    const made = new Set((await indexesOf(manager, renewed)).map(({ name }) => name));
    const missing = (await indexesOf(manager, living)).filter(({ name }) => !made.has(rebuildNameOf(name)));
    for (const index of missing) await createIndex(manager, renewed, index);
    if (missing.length > 0) await manager.query(`analyze ${renewed}`);
  }
}

export async function dropRebuildTables(manager: Statements, folding: Folding): Promise<void> {
  for (const { renewed } of pairsOf(folding)) await manager.query(`drop table if exists ${renewed}`);
}

/**
 * Puts the renewed tables in the place of the living ones, with the names of their indexes and what others may do with
 * them. Until the transaction commits, queries wait; before, they see all of the old rows, after, all of the new.
 */
export async function exchangeTables(manager: Statements, folding: Folding): Promise<void> {
  for (const { living, renewed } of pairsOf(folding)) {
    const indexes = await indexesOf(manager, living);
    await grantAsOn(manager, living, renewed);
    await manager.query(`drop table ${living}`);
    await manager.query(`alter table ${renewed} rename to ${lastPart(living)}`);
    for (const { name } of indexes) {
      await manager.query(
        `alter index ${schemaOf(living)}${quote(rebuildNameOf(name))} rename to ${quote(name)}`,
      );
    }
  }
}

function indexesOf(manager: Statements, table: string): Promise<Index[]> {
  return manager.query<Index[]>(
    `select i.relname as name, pg_get_indexdef(i.oid) as definition, c.contype as constraint, x.indisprimary as "isPrimary"
       from pg_index x
       join pg_class i on i.oid = x.indexrelid
       left join pg_constraint c on c.conindid = i.oid and c.contype in ('p', 'u')
      where x.indrelid = $1::regclass order by i.relname`,
    [table],
  );
}

async function createIndex(
  manager: Statements,
  table: string,
  { name, definition, constraint }: Index,
): Promise<void> {
  const form = definition.slice(definition.indexOf(' USING '));
  const unique = definition.startsWith('CREATE UNIQUE') ? 'unique' : '';
  const temporary = quote(rebuildNameOf(name));
  await manager.query(`create ${unique} index ${temporary} on ${table} ${form}`);
  if (constraint === null) return;
  const kind = constraint === 'p' ? 'primary key' : 'unique';
  await manager.query(`alter table ${table} add constraint ${temporary} ${kind} using index ${temporary}`);
}

async function grantAsOn(manager: Statements, from: string, to: string): Promise<void> {
  const grants = await manager.query<{ privilege: string; grantee: string | null; grantable: boolean }[]>(
    `select privilege_type as privilege, case grantee when 0 then null else quote_ident(pg_get_userbyid(grantee)) end as grantee,
            is_grantable as grantable
       from pg_class, aclexplode(relacl) where pg_class.oid = $1::regclass and grantee <> relowner`,
    [from],
  );
  for (const { privilege, grantee, grantable } of grants) {
    await manager.query(
      `grant ${privilege} on ${to} to ${grantee ?? 'public'} ${grantable ? 'with grant option' : ''}`,
    );
  }
}

const quote = (name: string) => `"${name.replaceAll('"', '""')}"`;
/** The names of a path are quoted, so a dot outside of quotes is what parts them. */
const partsOf = (path: string) => path.match(/"(?:[^"]|"")*"/g)!;
const lastPart = (path: string) => partsOf(path).at(-1)!;
const schemaOf = (path: string) =>
  partsOf(path)
    .slice(0, -1)
    .map((part) => `${part}.`)
    .join('');
