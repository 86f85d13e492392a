import { Injectable } from '@nestjs/common';
import { EventRegistry } from '../event/event-registry.js';
import { InvalidAppendError } from '../event/event-errors.js';
import { PersonalKeyLostError } from '../event/personal-key-lost.error.js';
import { SubjectErasedError } from '../event/subject-erased.error.js';
import type { PersonalFields } from './fields/personal.js';
import type { SubjectKey } from './fields/personal-reader.js';
import { sealValue } from './fields/sealed-value.js';
import { SubjectKeys } from './subject-keys.js';

/** An event on its way into the log, as far as its personal fields are concerned. */
export interface RowToSeal {
  event_id: string;
  event_type: string;
  event_data: object;
  /** What its class declares, when it is an instance of one. */
  personal?: readonly PersonalFields[] | undefined;
  /** The data as it is stored, when that differs from `event_data`. */
  stored_data?: object | undefined;
  /** The subjects of its personal fields. */
  subjects?: readonly string[] | undefined;
  /** The ids of their keys. */
  key_ids?: readonly string[] | undefined;
}

type Keys = ReadonlyMap<string, SubjectKey>;

/** How often rows are encrypted again because the database lost a key. */
const MOST_TRIES = 3;

/** Encrypts the personal fields of events before they are appended. */
@Injectable()
export class PersonalWriter {
  constructor(
    private readonly registry: EventRegistry,
    private readonly keys: SubjectKeys,
  ) {}

  /**
   * Adds to each row its subjects, their keys, and its data as it is stored. Then `store` stores the rows. When the
   * database lost a key that this process has in memory, the rows are encrypted and stored anew. That cannot be in a
   * transaction of the caller, which is aborted then.
   *
   * @param isInside whether a transaction of the caller is open
   * @throws InvalidAppendError when a personal field has no subject
   * @throws SubjectErasedError when a subject is erased
   * @throws PersonalKeyLostError in a transaction of the caller; a new try has other keys
   */
  store<Result>(
    rows: readonly RowToSeal[],
    isInside: boolean,
    store: () => Promise<Result>,
  ): Promise<Result> {
    return this.haveSubjects(rows) ? this.sealAndStore(rows, isInside, store) : store();
  }

  /** Forgets the keys of rows that were not stored, so that a new try finds out whether the database has them. */
  forgetKeys(rows: readonly RowToSeal[]): void {
    this.keys.forgetKeys(rows.flatMap(({ key_ids = [] }) => key_ids));
  }

  private async sealAndStore<Result>(
    rows: readonly RowToSeal[],
    isInside: boolean,
    store: () => Promise<Result>,
  ): Promise<Result> {
    for (let nth = 1; ; nth++) {
      const sealing = this.seal(rows, isInside);
      if (sealing !== undefined) await sealing;
      try {
        return await store();
      } catch (error) {
        if (!(error instanceof PersonalKeyLostError)) throw error;
        this.keys.forgetKeys(error.keyIds);
        if (isInside || nth === MOST_TRIES) throw error;
      }
    }
  }

  /** @returns undefined when it is done, since all keys are in memory */
  private seal(rows: readonly RowToSeal[], isInside: boolean): Promise<void> | undefined {
    const keys = new Map<string, SubjectKey>();
    const missing = new Set<string>();
    for (const subject of rows.flatMap(({ subjects = [] }) => subjects)) {
      const known = this.keys.ofSubject(subject);
      if (known === undefined) missing.add(subject);
      else keys.set(subject, known);
    }
    if (missing.size === 0) return sealAll(rows, keys);
    return this.keys.make([...missing], isInside).then((made) => sealAll(rows, new Map([...keys, ...made])));
  }

  /** Adds to each row its subjects. Nearly every append has none, and makes nothing here. */
  private haveSubjects(rows: readonly RowToSeal[]): boolean {
    let some = false;
    for (const row of rows) {
      row.personal ??= this.registry.personalOf(row.event_type);
      if (row.personal === undefined) continue;
      row.subjects = requireSubjects(row, row.personal);
      some ||= row.subjects.length > 0;
    }
    return some;
  }
}

function sealAll(rows: readonly RowToSeal[], keys: Keys): undefined {
  for (const row of rows) {
    if (row.subjects === undefined || row.subjects.length === 0) continue;
    row.stored_data = sealedData(row, keys);
    row.key_ids = row.subjects.map((subject) => keys.get(subject)!.id);
  }
}

/** The data of an event with its personal fields encrypted. */
const sealedData = (row: RowToSeal, keys: Keys): object => ({
  ...row.event_data,
  ...sealedFields(row, keys),
});

/**
 * The personal fields of an event, encrypted.
 *
 * @throws SubjectErasedError when a subject has no key any more, and gets none
 */
export function sealedFields(
  { event_id: eventId, event_data, personal = [] }: Pick<RowToSeal, 'event_id' | 'event_data' | 'personal'>,
  keys: Keys,
): Record<string, unknown> {
  const values = event_data as Readonly<Record<string, unknown>>;
  const sealed: Record<string, unknown> = {};
  for (const { subject, fields } of personal) {
    for (const field of Object.keys(fields)) {
      if (values[field] === undefined) continue;
      const key = keys.get(values[subject] as string);
      if (key?.secret === undefined) throw new SubjectErasedError(values[subject] as string);
      sealed[field] = sealValue(values[field], { id: key.id, secret: key.secret }, { eventId, field });
    }
  }
  return sealed;
}

function requireSubjects(
  { event_type, event_data }: RowToSeal,
  declared: readonly PersonalFields[],
): string[] {
  const values = event_data as Readonly<Record<string, unknown>>;
  const subjects = new Set<string>();
  for (const { subject, fields } of declared) {
    const field = Object.keys(fields).find((each) => values[each] !== undefined);
    if (field === undefined) continue;
    const id = values[subject];
    if (typeof id !== 'string' || id === '') {
      throw new InvalidAppendError(
        `The personal field "${field}" of an event of type "${event_type}" is about the subject in "${subject}", ` +
          `which is ${JSON.stringify(id) ?? 'missing'}: it must be a text that is not empty.`,
      );
    }
    subjects.add(id);
  }
  return [...subjects];
}
