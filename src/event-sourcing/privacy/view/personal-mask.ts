/**
 * Hides personal values in what people look at: events, rows, and states of aggregates, as JSON. What is hidden is
 * declared: `static personal` of event classes, `@Personal` of rows. A state has no declaration of its own, so there a
 * property is hidden by its name. In sentences, such as the message of an error, e-mail addresses and the values that
 * were hidden elsewhere in the same answer are replaced.
 */
import type { FieldsOfType } from '../fields/personal-reader.js';

/** Stands in place of a personal value. */
export const MASK = '•••••';
/** What looks like an e-mail address. In a sentence nothing declares it. */
const E_MAIL = /[^\s@"'`<>()[\]{},;:=]+@[^\s@"'`<>()[\]{},;:=]+\.\p{L}{2,}/gu;
/** A shorter value would be found inside of other words. */
const SHORTEST_IN_SENTENCE = 3;

type Fields = Readonly<Record<string, unknown>>;

/** What is personal: the names of fields, each with the value that stands there after an erasure. */
export interface PersonalNames {
  ofEvent(type: string): FieldsOfType | undefined;
  ofTable(name: string): FieldsOfType | undefined;
  /** The fields of all events. */
  readonly all: FieldsOfType;
}

/** A copy of the answer without personal values. */
export function masked<Answer>(answer: Answer, names: PersonalNames): Answer {
  const pass = new DeclaredPass(names);
  return withoutWords(pass.copy(answer, undefined), pass.hidden) as Answer;
}

/** Hides what is declared, and keeps the texts that it hides. */
class DeclaredPass {
  readonly hidden = new Set<string>();

  constructor(private readonly names: PersonalNames) {}

  /** @param personal the fields that are hidden in this value and below */
  copy(value: unknown, personal: FieldsOfType | undefined): unknown {
    if (Array.isArray(value)) return value.map((each) => this.copy(each, personal));
    if (!isObject(value)) return value;
    const { type, table, path } = value;
    if (typeof type === 'string' && isObject(value.data))
      return this.copyEvent(value, this.names.ofEvent(type));
    if (typeof path === 'string' && personal !== undefined) return this.copyChange(value, path, personal);
    const below = (typeof table === 'string' ? this.names.ofTable(table) : undefined) ?? personal;
    return mapped(value, (each, name) => {
      if (below?.has(name) === true) return this.hide(each, below.get(name));
      return this.copy(each, name === 'state' || name === 'changes' ? (below ?? this.names.all) : below);
    });
  }

  private copyEvent(event: Fields, personal: FieldsOfType | undefined): unknown {
    if (personal === undefined) return event;
    const hide = (value: unknown, name: string) =>
      personal.has(name) ? this.hide(value, personal.get(name)) : value;
    return { ...event, data: mapped(event.data as Fields, hide) };
  }

  /** A change of a state, whose path is a JSON Pointer. */
  private copyChange(change: Fields, path: string, personal: FieldsOfType): unknown {
    const name = path.split('/').find((part) => personal.has(part));
    if (name === undefined) return mapped(change, (each) => this.copy(each, personal));
    const { before, after, ...rest } = change;
    const erased = personal.get(name);
    return { ...rest, before: this.hide(before, erased), after: this.hide(after, erased) };
  }

  /** What stands in a field after an erasure is no personal value any more. */
  private hide(value: unknown, erased: unknown): unknown {
    if (value === null || value === undefined || value === erased) return value;
    this.keep(value);
    return MASK;
  }

  private keep(value: unknown): void {
    if (typeof value === 'string') this.hidden.add(value);
    else if (Array.isArray(value)) for (const each of value) this.keep(each);
    else if (isObject(value)) for (const each of Object.values(value)) this.keep(each);
  }
}

function withoutWords(value: unknown, hidden: ReadonlySet<string>): unknown {
  if (typeof value === 'string') return withoutWordsIn(value, hidden);
  if (Array.isArray(value)) return value.map((each) => withoutWords(each, hidden));
  return isObject(value) ? mapped(value, (each) => withoutWords(each, hidden)) : value;
}

/** An id or a name of a type stays as it is: only a sentence is looked through. */
function withoutWordsIn(text: string, hidden: ReadonlySet<string>): string {
  if (!/\s/.test(text)) return text;
  let rest = text.includes('@') ? text.replaceAll(E_MAIL, MASK) : text;
  for (const word of hidden) if (word.length >= SHORTEST_IN_SENTENCE) rest = rest.replaceAll(word, MASK);
  return rest;
}

const mapped = (object: Fields, map: (value: unknown, name: string) => unknown): Fields =>
  Object.fromEntries(Object.entries(object).map(([name, value]) => [name, map(value, name)]));

/** A date and the like are values. */
const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !('toJSON' in value);
