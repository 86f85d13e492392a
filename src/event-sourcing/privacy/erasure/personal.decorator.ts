import type { Type } from '@nestjs/common';

const KEY = 'eventfold:personal';

/** What stands in a personal column once its subject is erased. */
export interface PersonalOptions {
  /**
   * The value that is written. A column that is neither nullable nor a text needs one. Default: null where the column
   * is nullable, else the text `erased`.
   */
  erased?: unknown;
}

/** The personal data in the rows of an entity. */
export interface PersonalRows {
  /** The property with the id of the subject. */
  readonly subject: string;
  /** The personal properties. None: the rows are about the subject, and nothing in them is personal. */
  readonly columns: ReadonlyMap<string, PersonalOptions>;
}

/**
 * Marks what is personal in the rows of a read model:
 *
 * ```ts
 * @Entity('customers')
 * export class Customer {
 *   @PrimaryColumn('uuid') id: string;
 *   @Personal('id') @Column('text') email: string;
 * ```
 *
 * An erasure waits until the projection has folded it, and then empties the columns in rows of the subject that are
 * still there. On the class it marks rows that are about a subject, and that have nothing to be emptied: the person's
 * own data (`PersonalData`) includes them.
 *
 * @param subject the property with the id of the subject
 */
export const Personal =
  (subject: string, options: PersonalOptions = {}): ClassDecorator & PropertyDecorator =>
  (target: object, property?: string | symbol) => {
    const entity = property === undefined ? target : target.constructor;
    const { columns = new Map<string, PersonalOptions>() } = ownMark(entity) ?? {};
    if (property !== undefined) columns.set(String(property), options);
    Reflect.defineMetadata(KEY, { subject, columns }, entity);
  };

/** What is marked in an entity; undefined when nothing is. */
export const personalRowsOf = (entity: Type<object>): PersonalRows | undefined =>
  Reflect.getMetadata(KEY, entity) as PersonalRows | undefined;

const ownMark = (entity: object) =>
  Reflect.getOwnMetadata(KEY, entity) as
    { subject: string; columns: Map<string, PersonalOptions> } | undefined;
