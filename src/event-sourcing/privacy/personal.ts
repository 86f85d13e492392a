/**
 * Personal fields of events. They are stored encrypted under the key of the person whom they are about. Once that key is
 * destroyed, nobody can read them, and whoever reads the event gets the value that is declared here.
 */

/** What readers get in place of a field once its subject is erased. A function is called for each reader. */
export type Erased<Value> = Exclude<Value, undefined> | null | (() => Exclude<Value, undefined> | null);

/** The personal fields of an event that are about one subject. */
export interface PersonalDeclaration<Data extends object> {
  /** The field of `data` with the id of the subject. It is not encrypted. */
  readonly subject: TextFieldOf<Data>;
  /** The personal fields, each with what readers get after the erasure. */
  readonly fields: { readonly [Field in keyof Data]?: Erased<Data[Field]> };
  /** Fields that were personal in an earlier shape of the data: events that are stored in it have them still. */
  readonly former?: Readonly<Record<string, unknown>>;
}

/** The same for any event. */
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
  const all = Array.isArray(declared) ? (declared as readonly PersonalDeclaration<Data>[]) : [declared];
  return (all as readonly PersonalDeclaration<Data>[]).map(({ subject, fields, former }) => ({
    subject,
    fields: { ...former, ...fields },
  }));
}

/** An event, or what is to become one, with the class that declares its personal fields. */
interface DeclaringEvent {
  readonly data: object;
  readonly constructor: Function & { readonly personal?: readonly PersonalFields[] };
}

/** The subjects of the personal fields that an event has, without repeats. */
export function subjectsOf(event: DeclaringEvent): string[] {
  const { personal: declared = [] } = event.constructor;
  return subjectsIn(declared, event.data);
}

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
