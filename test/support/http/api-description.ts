import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { Answer } from './api.js';

/** The part of an OpenAPI document that the tests read. */
export interface OpenApiDocument {
  openapi: string;
  info: { title: string; version: string };
  servers: { url: string }[];
  tags: { name: string; description: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, JsonSchema> };
}
export interface Operation {
  operationId: string;
  summary?: string;
  tags: string[];
  parameters?: { name: string; in: string; required: boolean; schema: JsonSchema }[];
  requestBody?: { content: Record<string, Media> };
  responses: Record<string, Response>;
}
interface Response {
  description: string;
  headers?: Record<string, { required: boolean; schema: JsonSchema; example: string }>;
  content: Record<string, Media>;
}
export interface Media {
  schema: JsonSchema;
  example?: unknown;
  examples?: Record<string, { value: unknown }>;
}
export interface JsonSchema {
  additionalProperties?: boolean;
  properties?: Record<string, JsonSchema>;
  [keyword: string]: unknown;
}

/** Pages and files for people, and the document itself. */
const NOT_DESCRIBED = /^\/($|(docs|console|openapi\.json)(\/|$))/;

/**
 * Checks answers against the OpenAPI document: it must describe the route, the status, the media type, the headers, and
 * every field of the body. A field or a header of ours that is not described is a fault as well, though the document
 * leaves room for more.
 */
export class ApiDescription {
  private readonly ajv = new Ajv2020({ strict: false, allErrors: true });
  private readonly routes: { method: string; path: RegExp; operation: Operation }[];
  /** All headers that the document describes for any answer. */
  private readonly headers = new Set<string>();
  private readonly validators = new Map<object, ValidateFunction>();

  constructor(document: OpenApiDocument) {
    addFormats.default(this.ajv);
    const schemas = structuredClone(document.components.schemas);
    Object.values(schemas).forEach(close);
    this.ajv.addSchema({ components: { schemas } }, 'openapi');
    const templates = Object.keys(document.paths).toSorted((a, b) => parametersIn(a) - parametersIn(b));
    this.routes = templates.flatMap((template) =>
      Object.entries(document.paths[template]!).map(([method, operation]) => ({
        method: method.toUpperCase(),
        path: new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]*')}$`),
        operation,
      })),
    );
    for (const { operation } of this.routes) {
      for (const { headers = {} } of Object.values(operation.responses)) {
        for (const name of Object.keys(headers)) this.headers.add(name);
      }
    }
  }

  /** The faults of an answer, in words. */
  faultsOf(method: string, path: string, answer: Answer): string[] {
    const pathname = path.replace(/\?.*$/s, '');
    if (NOT_DESCRIBED.test(pathname)) return [];
    const route = this.routes.find((each) => each.method === method && each.path.test(pathname));
    if (route === undefined) return answer.status === 404 ? [] : ['the route is not described'];
    const response = route.operation.responses[answer.status];
    if (response === undefined) return [`${route.operation.operationId} does not describe the status`];
    return [...this.faultsOfHeaders(response, answer), ...this.faultsOfBody(response, answer)];
  }

  private faultsOfHeaders({ headers = {} }: Response, answer: Answer): string[] {
    return [...this.headers].flatMap((name) => {
      const value = answer.headers.get(name);
      const described = headers[name];
      if (value === null) return described?.required ? [`header ${name} is missing`] : [];
      if (described === undefined) return [`header ${name} is not described`];
      return this.faultsOfValue(described.schema, value, `header ${name}`);
    });
  }

  private faultsOfBody({ content }: Response, { headers, body }: Answer): string[] {
    const type = (headers.get('content-type') ?? 'none').replace(/;.*$/, '');
    const media = content[type];
    if (media === undefined) return [`content type ${type} is not described`];
    return this.faultsOfValue(media.schema, body, 'body');
  }

  /** @returns the place in the value at which a schema is broken, and how */
  faultsOfValue(schema: JsonSchema, value: unknown, what: string): string[] {
    const validate = this.validators.get(schema) ?? this.compile(schema);
    this.validators.set(schema, validate);
    if (validate(value)) return [];
    return validate.errors!.map(
      ({ instancePath, message, params }) => `${what}${instancePath} ${message} ${JSON.stringify(params)}`,
    );
  }

  private compile(schema: JsonSchema): ValidateFunction {
    const text = JSON.stringify(schema).replaceAll('"$ref":"#/', '"$ref":"openapi#/');
    return this.ajv.compile(JSON.parse(text) as JsonSchema);
  }
}

const parametersIn = (template: string) => template.split('{').length - 1;

/** Forbids fields without a name in the schema, unless the schema says otherwise. */
function close(schema: JsonSchema): void {
  if (schema.properties === undefined) return;
  schema.additionalProperties ??= false;
  Object.values(schema.properties).forEach(close);
}
