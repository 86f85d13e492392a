import { Injectable } from '@nestjs/common';
import { ResolvedOptions } from '../../options.js';
import { requireArguments } from '../../options/require-arguments.js';
import type { Rule } from '../../options/rules.js';
import { Database, type Statements } from '../../postgres/database.js';
import { quoteIdentifier } from '../../postgres/identifier.js';
import { AS_LONG_AS_IT_TAKES, limitStatements } from '../../postgres/time-limits.js';
import { Projections } from '../../projection/run/projections.js';

/** Where a text was found. */
export interface FoundText {
  /** With its schema; elsewhere the name of the place, such as `stream EVENTFOLD`. */
  table: string;
  /** Elsewhere the kind of what has it, such as `messages`. */
  column: string;
  /** The number of rows, or messages, that have it. */
  count: number;
  /** The text as it was asked for. */
  text: string;
  /** Present when it is outside of the database. */
  isElsewhere?: true;
}

/** A place outside of the database that may have texts, such as the streams of a broker. */
export interface TextPlace {
  /** Finds the texts as `spellingsOf` says they may be written. @throws when the place cannot be searched */
  find(texts: readonly string[]): Promise<FoundText[]>;
}

const PLACE: Rule<TextPlace> = {
  says: 'an object with the method find',
  accepts: (value) => typeof value?.find === 'function',
};

interface Column {
  schema: string;
  table: string;
  name: string;
  isBytes: boolean;
}

/**
 * Searches the database for texts: each column that can have some (texts, JSON, arrays of them, bytes) of each table of
 * the schema, and of the tables of read models, those of rebuilds included; and what the planner knows of them. It
 * finds a text as it is, in any case, escaped as JSON, and in Base64, hexadecimal or percent encoding. Then it searches
 * the places elsewhere that belong to the event store, such as the streams of its relay. Reading all takes its time,
 * and locks nothing.
 */
@Injectable()
export class TextSearch {
  private readonly elsewhere: TextPlace[] = [];

  constructor(
    private readonly database: Database,
    private readonly projections: Projections,
    private readonly options: ResolvedOptions,
  ) {}

  /** Searches this place, too, from now on. @throws InvalidArgumentError */
  addPlace(place: TextPlace): void {
    requireArguments('TextSearch.addPlace', { place }, { place: PLACE });
    this.elsewhere.push(place);
  }

  /** @throws when a place cannot be searched */
  async find(texts: readonly string[]): Promise<FoundText[]> {
    const found = await this.inDatabase(texts);
    for (const place of this.elsewhere) found.push(...(await place.find(texts)));
    return found;
  }

  private inDatabase(texts: readonly string[]): Promise<FoundText[]> {
    return this.database.transaction(async (manager) => {
      await manager.query(`select ${AS_LONG_AS_IT_TAKES}`);
      await limitStatements(manager, 0);
      const found: FoundText[] = [];
      for (const column of await this.columns(manager)) {
        for (const text of texts) {
          const count = await countIn(manager, column, spellingsOf(text));
          const table = `${column.schema}.${column.table}`;
          if (count > 0) found.push({ table, column: column.name, count, text });
        }
      }
      for (const text of texts) found.push(...(await this.inStatistics(manager, text)));
      return found;
    });
  }

  private columns(manager: Statements): Promise<Column[]> {
    return manager.query<Column[]>(
      `select n.nspname as schema, c.relname as "table", a.attname as name,
              t.typname in ('bytea', '_bytea') as "isBytes"
         from pg_class c
         join pg_namespace n on n.oid = c.relnamespace
         join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
         join pg_type t on t.oid = a.atttypid
        where c.relkind in ('r', 'p', 'm') and (n.nspname = $1 or c.oid = any ($2::regclass[]))
          and (t.typcategory in ('S', 'A', 'C', 'E') or t.typtype in ('d', 'c')
               or t.typname in ('json', 'jsonb', 'bytea', 'xml', 'hstore', 'citext', 'uuid'))
        order by 1, 2, a.attnum`,
      [this.options.schema, this.tablesOfRows()],
    );
  }

  /** Tables of read models may be in other schemas. The schema of the store has its own anyway. */
  private tablesOfRows(): string[] {
    return this.projections.foldings.flatMap((each) => each.tables('live').map(({ table }) => table.name));
  }

  private async inStatistics(manager: Statements, text: string): Promise<FoundText[]> {
    const rows = await manager.query<Omit<FoundText, 'text'>[]>(
      `select schemaname || '.' || tablename as "table", attname || ' (pg_stats)' as "column", 1 as count
         from pg_stats s
        where schemaname = $1
          and exists (select from unnest($2::text[]) as spelling
                       where position(spelling in lower(s::text)) > 0)`,
      [this.options.schema, spellingsOf(text)],
    );
    return rows.map((row) => ({ ...row, text }));
  }
}

async function countIn(
  manager: Statements,
  { schema, table, name, isBytes }: Column,
  spellings: readonly string[],
): Promise<number> {
  const column = quoteIdentifier(name);
  // Bytes are looked through as they are, one character each, and as the hexadecimal text that a dump has.
  const value = isBytes
    ? `encode(${column}::bytea, 'escape') || encode(${column}::bytea, 'hex')`
    : `${column}::text`;
  const [row] = await manager.query<{ count: number }[]>(
    `select count(*)::float8 as count from ${quoteIdentifier(schema)}.${quoteIdentifier(table)}
      where exists (select from unnest($1::text[]) as spelling
                     where position(spelling in lower(${value})) > 0)`,
    [spellings],
  );
  return row!.count;
}

/** How a text may be written, in lower case: what is searched is compared in lower case. */
export function spellingsOf(text: string): string[] {
  const bytes = Buffer.from(text);
  const json = (value: string) => JSON.stringify(value).slice(1, -1);
  const ascii = json(text).replaceAll(
    /[^\0-\x7f]/g,
    (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return [
    ...new Set(
      [
        text,
        text.normalize('NFC'),
        text.normalize('NFD'),
        json(text),
        json(json(text)),
        ascii,
        bytes.toString('hex'),
        encodeURIComponent(text),
        ...base64sOf(bytes),
      ].map((spelling) => spelling.toLowerCase()),
    ),
  ];
}

/**
 * The part of the Base64 of a text that is the same wherever the text is in what is encoded: it depends on the two
 * characters before and behind it at its ends, for each of three places.
 */
function base64sOf(bytes: Buffer): string[] {
  return [0, 1, 2].flatMap((shift) => {
    const encoded = Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .replaceAll('=', '');
    const whole = Math.floor(((shift + bytes.length) * 8) / 6);
    const own = encoded.slice(Math.ceil((shift * 8) / 6), whole);
    return own.length < 6 ? [] : [own, own.replaceAll('+', '-').replaceAll('/', '_')];
  });
}
