/**
 * Reads personal fields of stored events. Keys come from the database, so they are loaded for a whole page of events
 * before its events are revived, which is synchronous. A page holds its keys: the cache may drop them meanwhile.
 */
import type { KeyObject } from 'node:crypto';
import type { Statements } from '../../postgres/database.js';
import type { PersonalFields } from './personal.js';
import { PersonalKeyMissingError, PersonalValueBrokenError } from './privacy-errors.js';
import { isSealed, openValue, type SealedValue } from './sealed-value.js';

/** A key of a subject. Without a secret it is destroyed. */
export interface SubjectKey {
  readonly id: string;
  secret: KeyObject | undefined;
}

/** Where a reader finds keys. */
export interface KeySource {
  /** The key, if it is in memory. */
  inMemory(keyId: string): SubjectKey | undefined;
  /** Reads keys. One that does not exist is left out. */
  load(keyIds: readonly string[], statements?: Statements): Promise<ReadonlyMap<string, SubjectKey>>;
}

/** An event as the log has it, as far as its personal fields depend on it. */
interface StoredData {
  eventId: string;
  type: string;
  streamId: string;
  version: number;
  position: number;
  data: object;
}

/** The personal fields of a type, each with its declared value after the erasure. */
export type FieldsOfType = ReadonlyMap<string, unknown>;

export const fieldsOf = (declared: readonly PersonalFields[]): FieldsOfType =>
  new Map(declared.flatMap(({ fields }) => Object.entries(fields)));

type Keys = Map<string, SubjectKey>;

export class PersonalReader {
  private readonly held = new WeakMap<object, Keys>();

  constructor(private readonly source: KeySource) {}

  /** Undefined when all keys are in memory. */
  prepare(
    events: readonly StoredData[],
    fieldsOfType: (type: string) => FieldsOfType | undefined,
    statements?: Statements,
  ): Promise<void> | undefined {
    const keys: Keys = new Map();
    const missing = new Set<string>();
    for (const event of events) {
      const fields = fieldsOfType(event.type);
      if (fields === undefined) continue;
      for (const { key } of sealedIn(event.data, fields)) {
        this.held.set(event, keys);
        if (keys.has(key) || missing.has(key)) continue;
        const known = this.source.inMemory(key);
        if (known === undefined) missing.add(key);
        else keys.set(key, known);
      }
    }
    return missing.size === 0 ? undefined : this.load(keys, [...missing], statements);
  }

  /** The data with its personal fields as they were before they were stored, or as they are after the erasure. */
  open(stored: StoredData, fields: FieldsOfType): object {
    const values = stored.data as Readonly<Record<string, unknown>>;
    let open: Record<string, unknown> | undefined;
    for (const [field, erased] of fields) {
      const value = values[field];
      if (isSealed(value)) (open ??= { ...values })[field] = this.openField(stored, field, value, erased);
    }
    return open ?? values;
  }

  private async load(keys: Keys, missing: readonly string[], statements?: Statements): Promise<void> {
    for (const [id, key] of await this.source.load(missing, statements)) keys.set(id, key);
  }

  private openField(stored: StoredData, field: string, value: SealedValue, erased: unknown): unknown {
    const key = this.held.get(stored)?.get(value.key) ?? this.source.inMemory(value.key);
    if (key === undefined) throw new PersonalKeyMissingError({ ...stored, field }, value.key);
    if (key.secret === undefined) return typeof erased === 'function' ? erased() : erased;
    try {
      return openValue(value, key.secret, { eventId: stored.eventId, field });
    } catch (error) {
      throw new PersonalValueBrokenError({ ...stored, field }, value.key, error);
    }
  }
}

function* sealedIn(data: object, fields: FieldsOfType): Generator<SealedValue> {
  const values = data as Readonly<Record<string, unknown>>;
  for (const field of fields.keys()) {
    const value = values[field];
    if (isSealed(value)) yield value;
  }
}
