/**
 * Personal fields of events. They are stored encrypted under the key of the person whom they are about. Once that key
 * is destroyed, nobody can read them, and whoever reads the event gets the value that is declared here.
 */

/** What readers get in place of a field once its subject is erased. A function is called for each reader. */
export type Erased<Value> = Exclude<Value, undefined> | null | (() => Exclude<Value, undefined> | null);

/** The personal fields of an event that are about one subject. */
export interface PersonalDeclaration<Data extends object> {
  /** The field of `data` with the id of the subject, a text. It is not encrypted. */
  readonly subject: TextFieldOf<Data>;
  /** The personal fields, each with what readers get after the erasure. */
  readonly fields: { readonly [Field in keyof Data]?: Erased<Data[Field]> };
  /**
   * Fields that were personal in an earlier shape of the data, with what readers get: events that are stored in that
   * shape have them still. Default: none.
   */
  readonly former?: Readonly<Record<string, unknown>>;
}

/** The same for any event, as an event class has it. */
export interface PersonalFields {
  readonly subject: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

type TextFieldOf<Data extends object> = {
  [Field in keyof Data & string]-?: Data[Field] extends string ? Field : never;
}[keyof Data & string];

/**
 * Declares the personal fields of an event class:
 *
 * ```ts
 * type Registered = { userId: string; email: string; name: string };
 * export class UserRegistered extends DomainEvent<'user.registered', Registered> {
 *   static override readonly personal = personal<Registered>({
 *     subject: 'userId',
 *     fields: { email: null, name: 'erased' },
 *   });
 * ```
 *
 * An event about several persons has a declaration for each. Give them as an array.
 */
export function personal<Data extends object>(
  declared: PersonalDeclaration<Data> | readonly PersonalDeclaration<Data>[],
): readonly PersonalFields[] {
  const all = (Array.isArray(declared) ? declared : [declared]) as readonly PersonalDeclaration<Data>[];
  return all.map(({ subject, fields, former }) => ({ subject, fields: { ...former, ...fields } }));
}

/**
 * `personal` for the modules of this package. A host that imports them, and gives no keys, gets a master key that is
 * kept in the database, with a warning: it cannot know what they declare, and it started before they did.
 */
export function personalOfPackage<Data extends object>(
  declared: PersonalDeclaration<Data>,
): readonly PersonalFields[] {
  const fields = personal(declared);
  ofPackage.add(fields);
  return fields;
}

const ofPackage = new WeakSet<readonly PersonalFields[]>();

export const isOfPackage = (declared: readonly PersonalFields[]): boolean => ofPackage.has(declared);

/** An event whose class declares its personal fields. */
interface DeclaringEvent {
  readonly data: object;
  readonly constructor: Function & { readonly personal?: readonly PersonalFields[] };
}

/** The subjects of the personal fields that an event has, without repeats. */
export const subjectsOf = (event: DeclaringEvent): string[] =>
  subjectsIn(event.constructor.personal ?? [], event.data);

/** The same for the data of a class. */
export function subjectsIn(declared: readonly PersonalFields[], data: object): string[] {
  const values = data as Readonly<Record<string, unknown>>;
  const found = new Set<string>();
  for (const { subject, fields } of declared) {
    const hasSome = Object.keys(fields).some((field) => values[field] !== undefined);
    if (hasSome && typeof values[subject] === 'string') found.add(values[subject]);
  }
  return [...found];
}

/** What is wrong with the declaration of a class, in words. */
export function faultsOfPersonal(name: string, declared: unknown): string[] {
  const rule = `${name}.personal must be what personal({ subject, fields }) returns`;
  if (!Array.isArray(declared) || !declared.every(isFields)) return [`${rule}.`];
  const all = declared.flatMap(({ fields }) => Object.keys(fields));
  const subjects = new Set(declared.map(({ subject }) => subject));
  const faults = declared
    .filter(({ fields }) => Object.keys(fields).length === 0)
    .map(({ subject }) => `${rule}: the declaration for "${subject}" names no field.`);
  const twice = all.filter((field, index) => all.indexOf(field) !== index);
  faults.push(...twice.map((field) => `${rule}: the field "${field}" belongs to one subject, not to two.`));
  const hidden = all.filter((field) => subjects.has(field));
  faults.push(
    ...hidden.map((field) => `${rule}: the field "${field}" names a subject, so it cannot be encrypted.`),
  );
  return faults;
}

const isFields = (each: unknown): each is PersonalFields =>
  typeof each === 'object' &&
  each !== null &&
  typeof (each as PersonalFields).subject === 'string' &&
  typeof (each as PersonalFields).fields === 'object' &&
  (each as PersonalFields).fields !== null;
