import { createSecretKey, type KeyObject } from 'node:crypto';
import { isSealed, openValue } from '../../../src/event-sourcing/privacy/fields/sealed-value.js';
import { MasterKeys } from '../../../src/event-sourcing/privacy/master-keys.js';
import type { TestDatabase } from '../test-database.js';

/** The keys of persons, where the database keeps the master key, as it does for the services of tests. */
export async function keptKeys(database: Pick<TestDatabase, 'query'>): Promise<Map<string, KeyObject>> {
  const masters = await database.query<{ number: number; kept: Buffer }>(
    'select number, kept from eventfold.master_keys where kept is not null',
  );
  if (masters.length === 0) return new Map();
  const rows = await database.query<{ id: string; master: number; wrapped: Buffer }>(
    `select key_id::text as id, master_number as master, wrapped from eventfold.subject_keys
      where destroyed_at is null`,
  );
  const plain = await new MasterKeys(masters.map(({ number, kept }) => ({ number, key: kept }))).unwrap(rows);
  return new Map(rows.map(({ id }, index) => [id, createSecretKey(plain[index]!)]));
}

/** The data of an event with its personal fields in plain. */
export function opened<Data extends object>(
  { eventId, data }: { eventId: string; data: Data },
  keys: ReadonlyMap<string, KeyObject>,
): Data {
  const fields = Object.entries(data).map(([field, value]) => {
    const key = isSealed(value) ? keys.get(value.key) : undefined;
    return [field, key === undefined ? value : openValue(value, key, { eventId, field })];
  });
  return Object.fromEntries(fields) as Data;
}
