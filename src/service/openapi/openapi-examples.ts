import type { OpenAPIObject } from '@nestjs/swagger';

/** The part of a schema from which examples are made. */
interface Schema {
  $ref?: string;
  example?: unknown;
  examples?: unknown[];
  properties?: Record<string, Schema>;
  items?: Schema;
  allOf?: Schema[];
  anyOf?: Schema[];
  oneOf?: Schema[];
}

interface Media {
  schema: Schema;
  example?: unknown;
  examples?: object;
}

type Schemas = Record<string, Schema>;
type Body = { content?: Record<string, Media> } | undefined;

interface Parameter {
  required?: boolean;
  schema?: Schema;
}

/**
 * Gives an example to every body of the document that has none. It is made from the examples of the fields, so that
 * people and tools see a whole body, and each example has one place. The example of a field may spoil a request that is
 * sent unchanged (a taken id, a time before all others). Such a field has `examples` instead, and the body's example
 * omits it.
 *
 * An optional parameter has `examples` for the same reason: Swagger UI fills in every `example`, and a request with all
 * conditions and filters at once fails or finds nothing.
 */
export function addExamples(document: OpenAPIObject): OpenAPIObject {
  const schemas = (document.components?.schemas ?? {}) as Schemas;
  for (const media of mediaOf(document)) {
    if (media.example === undefined && media.examples === undefined) {
      media.example = exampleOf(media.schema, schemas);
    }
  }
  for (const parameter of parametersOf(document)) offerOnly(parameter);
  return document;
}

function offerOnly({ required = false, schema }: Parameter): void {
  if (required || schema?.example === undefined) return;
  schema.examples = [schema.example];
  delete schema.example;
}

const operationsOf = ({ paths }: OpenAPIObject) =>
  Object.values(paths).flatMap((path) => [path.get, path.post, path.put, path.delete]);

const parametersOf = (document: OpenAPIObject) =>
  operationsOf(document).flatMap((operation) => (operation?.parameters ?? []) as Parameter[]);

function mediaOf(document: OpenAPIObject): Media[] {
  const bodies = operationsOf(document).flatMap((operation) => [
    operation?.requestBody as Body,
    ...(Object.values(operation?.responses ?? {}) as Body[]),
  ]);
  return bodies.flatMap((body) => Object.values(body?.content ?? {}));
}

function exampleOf(schema: Schema, schemas: Schemas): unknown {
  if (schema.example !== undefined) return schema.example;
  if (schema.$ref !== undefined) return exampleOf(schemas[schema.$ref.split('/').at(-1)!]!, schemas);
  // An `anyOf` with null gives the other schema. An `allOf` only adds a description to a reference.
  const choices = schema.oneOf ?? schema.anyOf ?? schema.allOf;
  if (choices !== undefined) return exampleOf(choices[0]!, schemas);
  // One item for each possible kind.
  if (schema.items !== undefined) {
    return (schema.items.oneOf ?? [schema.items]).map((item) => exampleOf(item, schemas));
  }
  const fields = Object.entries(schema.properties ?? {}).filter(([, { examples }]) => examples === undefined);
  return Object.fromEntries(fields.map(([name, field]) => [name, exampleOf(field, schemas)]));
}
