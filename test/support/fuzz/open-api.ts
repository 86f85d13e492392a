import * as fc from 'fast-check';

/** The part of a JSON schema that the service's own document uses. */
export interface Schema {
  $ref?: string;
  oneOf?: Schema[];
  allOf?: Schema[];
  enum?: unknown[];
  type?: string | string[];
  format?: string;
  example?: unknown;
  examples?: unknown[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
}

export interface Parameter {
  in: 'path' | 'query' | 'header';
  name: string;
  required?: boolean;
  schema?: Schema;
}

export interface Operation {
  method: string;
  /** The path with `{name}` for its parameters. */
  path: string;
  parameters: Parameter[];
  body?: Schema;
}

export interface Document {
  paths: Record<string, Record<string, { parameters?: Parameter[]; requestBody?: { content: Content } }>>;
  components?: { schemas?: Record<string, Schema> };
}
type Content = Record<string, { schema: Schema }>;

/** Every route in the service's document. */
export function operationsOf({ paths }: Document): Operation[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { parameters = [], requestBody }]) => {
      const body = requestBody?.content['application/json']?.schema;
      return { method: method.toUpperCase(), path, parameters, ...(body && { body }) };
    }),
  );
}

/** Existing values, by the name of the parameter that takes them: ids of users, cursors of lists. */
export type Known = Readonly<Record<string, readonly string[]>>;

/** Makes values of schemas. Most are valid, and some, at any depth, are `nasty`. */
export class Values {
  constructor(
    private readonly document: Document,
    private readonly known: Known,
    private readonly nasty: fc.Arbitrary<unknown>,
    private readonly extraKey: fc.Arbitrary<string>,
  ) {}

  /** @param name of the property or parameter that the value is for */
  of(schema: Schema, name = ''): fc.Arbitrary<unknown> {
    return fc.oneof({ weight: 30, arbitrary: this.good(schema, name) }, { weight: 1, arbitrary: this.nasty });
  }

  private good(schema: Schema, name: string): fc.Arbitrary<unknown> {
    if (schema.$ref) return this.good(this.resolve(schema.$ref), name);
    if (schema.oneOf) return fc.oneof(...schema.oneOf.map((one) => this.good(one, name)));
    if (schema.enum) return fc.constantFrom(...schema.enum);
    switch ([schema.type ?? 'object'].flat()[0]) {
      case 'array':
        return this.list(schema, name);
      case 'object':
        return this.object(schema);
      case 'boolean':
        return fc.boolean();
      case 'integer':
        return fc.oneof(fc.integer(smallOf(schema)), fc.maxSafeInteger());
      case 'number':
        return fc.double({ min: schema.minimum ?? 0, max: schema.maximum ?? 1e9, noNaN: true });
      default:
        return this.text(schema, name);
    }
  }

  private list({ items = {}, minItems = 0, maxItems = 6 }: Schema, name: string): fc.Arbitrary<unknown> {
    return fc.array(this.of(items, name), { minLength: minItems, maxLength: Math.min(maxItems, 6) });
  }

  private object({ properties = {}, required = [] }: Schema): fc.Arbitrary<unknown> {
    const fields = Object.entries(properties).map(([name, schema]) => [name, this.of(schema, name)]);
    const known = fc.record(Object.fromEntries(fields) as Record<string, fc.Arbitrary<unknown>>, {
      requiredKeys: required,
    });
    const extra = fc.dictionary(this.extraKey, this.nasty, { minKeys: 1, maxKeys: 2 });
    const spoiled = fc.tuple(known, extra).map(([object, more]) => entriesOf(object, more));
    return fc.oneof({ weight: 20, arbitrary: known }, { weight: 1, arbitrary: spoiled });
  }

  private text(
    { format, examples, example = examples?.[0], minLength = 0, maxLength = 20 }: Schema,
    name: string,
  ) {
    const known = this.known[name];
    if (known) return fc.constantFrom(...known);
    if (format === 'uuid') return fc.uuid();
    if (format === 'email') return fc.uuid().map((id) => `${id}@example.org`);
    if (format === 'date-time') return fc.date(DATES).map((date) => date.toISOString());
    const any = fc.string({ unit: 'grapheme', minLength, maxLength: Math.min(maxLength, 20) });
    return typeof example === 'string' ? fc.oneof(fc.constant(example), any) : any;
  }

  private resolve(reference: string): Schema {
    return this.document.components?.schemas?.[reference.split('/').at(-1)!] ?? {};
  }
}

const DATES = {
  min: new Date('2020-01-01T00:00:00Z'),
  max: new Date('2025-11-01T00:00:00Z'),
  noInvalidDate: true,
};

const smallOf = ({ minimum = 0, maximum = 100 }: Schema) => ({
  min: minimum,
  max: Math.min(maximum, minimum + 200),
});

/** Sets own properties with any name: an assignment to `__proto__` would not make one. */
const entriesOf = (...objects: object[]) => Object.fromEntries(objects.flatMap((one) => Object.entries(one)));
