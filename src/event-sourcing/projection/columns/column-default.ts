import type { ColumnMetadata } from '../../postgres/column-conversion.js';
import type { ColumnKind } from './column-kinds.js';
import { textToJson } from './spellings.js';

/** A literal of SQL with or without a cast: `'{}'::text[]`, `0`, `true`. */
const QUOTED = /^'((?:[^']|'')*)'(::[\w\s."[\]()]+)?$/;
const BARE = /^(-?\d+(\.\d+)?|true|false|null)$/i;
/** A date, or a point in time with its time zone. */
const CALENDAR = /^\d{4}-\d\d-\d\d(?:([T ])(\d\d:\d\d(:\d\d(\.\d+)?)?))?(Z|[+-]\d\d(:\d\d)?)?$/;

const EXPRESSION = Symbol('expression');

/**
 * The value of a property that the handler left undefined: the `default` of the entity, or null without one. A default
 * that is an expression, such as `now()`, would have another value in each rebuild, so the handler must set the
 * property.
 */
export class ColumnDefault {
  private readonly literal: unknown;

  constructor(
    private readonly column: ColumnMetadata,
    kind: ColumnKind,
  ) {
    this.literal = literalOf(column, kind);
  }

  /** The default as PostgreSQL returns it. @throws Error for an expression */
  get json(): unknown {
    const { literal } = this;
    if (literal !== EXPRESSION) {
      return typeof literal === 'object' && literal !== null ? structuredClone(literal) : literal;
    }
    const { propertyPath, entityMetadata } = this.column;
    throw new Error(
      `${entityMetadata.name}.${propertyPath} was left undefined, ` +
        'and its default is an expression of the database, which ' +
        'each rebuild would evaluate again: set the property in the handler, a time for instance to event.timestamp.',
    );
  }
}

function literalOf(column: ColumnMetadata, kind: ColumnKind): unknown {
  const given = typeof column.default === 'function' ? literalIn(column.default()) : column.default;
  if (given === undefined || given === null || given === EXPRESSION) return given ?? null;
  if (!column.isArray) return jsonOf(given, column, kind);
  const elements = Array.isArray(given) ? given : elementsIn(textToJson(given));
  if (elements === undefined) return EXPRESSION;
  const json = elements.map((element) => jsonOf(element, column, kind));
  return json.includes(EXPRESSION) ? EXPRESSION : json;
}

function literalIn(sql: string): unknown {
  const quoted = QUOTED.exec(sql.trim());
  if (quoted !== null) return quoted[1]!.replaceAll("''", "'");
  if (!BARE.test(sql.trim())) return EXPRESSION;
  return sql.trim().toLowerCase() === 'null' ? null : sql.trim();
}

/** The elements of an array without quotes, as PostgreSQL writes it. */
function elementsIn(text: string): string[] | undefined {
  const [, inside] = /^\{([^{}"\\]*)\}$/.exec(text.trim()) ?? [];
  if (inside === undefined) return undefined;
  return inside === '' ? [] : inside.split(',').map((element) => element.trim());
}

function jsonOf(literal: unknown, column: ColumnMetadata, kind: ColumnKind): unknown {
  const { type } = column;
  if (type === 'json' || type === 'jsonb') return parsed(literal);
  if (/^(date|timestamp)/.test(String(type)) || type === Date) return ofCalendar(String(literal), type);
  if (type === 'interval') return EXPRESSION;
  const text = textToJson(literal);
  return kind.settle?.(text, column) ?? text;
}

function parsed(literal: unknown): unknown {
  if (typeof literal !== 'string') return literal;
  try {
    return JSON.parse(literal) as unknown;
  } catch {
    return EXPRESSION;
  }
}

/** A point in time without a time zone differs between sessions, so it is no literal. */
function ofCalendar(literal: string, type: ColumnMetadata['type']): unknown {
  const [, , time, , , zone] = CALENDAR.exec(literal) ?? [];
  if (!CALENDAR.test(literal)) return EXPRESSION;
  const isInstant = /tz$|with time zone$/.test(String(type)) && !/without/.test(String(type));
  if (isInstant !== (zone !== undefined) || (type === 'date') !== (time === undefined)) return EXPRESSION;
  return literal.replace(' ', 'T');
}
