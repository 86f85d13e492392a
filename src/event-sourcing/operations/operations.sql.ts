import type { ResolvedOptions } from '../options.js';
import type { Statements } from '../postgres/database.js';
import { fromStoredJson } from '../postgres/stored-json.js';
import type { NewOperation, Operation } from './operation.js';

export async function insertOperation(
  manager: Statements,
  options: ResolvedOptions,
  { actor, act, parameters, outcome, detail }: NewOperation,
): Promise<void> {
  await manager.query(
    `insert into ${options.qualified('operations')} (actor, act, parameters, outcome, detail)
     values ($1, $2, $3, $4, $5)`,
    [actor, act, parameters, outcome, detail],
  );
}

/** The latest first. Each form of the condition has an index, so a page costs what its rows cost. */
export async function selectOperations(
  manager: Statements,
  options: ResolvedOptions,
  { after, projection, limit }: { after: number; projection: string | undefined; limit: number },
): Promise<Operation[]> {
  const ofProjection = projection === undefined ? '' : `and parameters ->> 'projection' = $3`;
  const rows = await manager.query<Operation[]>(
    `select id::float8 as id, at, actor, act, parameters, outcome, detail
       from ${options.qualified('operations')} o where o.id < $1 ${ofProjection}
      order by o.id desc limit $2`,
    [after, limit, ...(projection === undefined ? [] : [projection])],
  );
  return rows.map((row) => ({ ...row, parameters: fromStoredJson(row.parameters) }));
}
