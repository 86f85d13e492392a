import { describe, expect, it } from '@jest/globals';
import type { OpenAPIObject } from '@nestjs/swagger';
import { addExamples } from './openapi-examples.js';

/** The example of a body with this schema. */
function exampleOf(schema: object, own: object = {}): unknown {
  const media = { schema, ...own } as { example?: unknown };
  addExamples({
    paths: {
      '/films': { post: { responses: { 200: { description: '', content: { 'application/json': media } } } } },
    },
    components: {
      schemas: {
        Film: { type: 'object', properties: { title: { type: 'string', example: 'Metropolis' } } },
        Series: { type: 'object', properties: { title: { type: 'string', example: 'Heimat' } } },
      },
    },
  } as unknown as OpenAPIObject);
  return media.example;
}

const FILM = { $ref: '#/components/schemas/Film' };
const SERIES = { $ref: '#/components/schemas/Series' };

describe('the example of a body', () => {
  it.each([
    ['of the fields, through a reference', FILM, { title: 'Metropolis' }],
    ['of a list, one item', { type: 'array', items: FILM }, [{ title: 'Metropolis' }]],
    [
      'of a list of several kinds, one of each',
      { type: 'array', items: { oneOf: [FILM, SERIES] } },
      [{ title: 'Metropolis' }, { title: 'Heimat' }],
    ],
    ['of what may be null, a value', { anyOf: [SERIES, { type: 'null' }] }, { title: 'Heimat' }],
    ['of a reference with a description', { allOf: [SERIES], description: 'One.' }, { title: 'Heimat' }],
    [
      'of a field that is null in its example, null',
      { properties: { next: { example: null } } },
      { next: null },
    ],
  ])('is made %s', (_, schema, example) => {
    expect(exampleOf(schema)).toEqual(example);
  });

  it('is made without fields that are only shown by themselves', () => {
    expect(exampleOf({ properties: { at: { examples: ['2026-01-31'] }, by: { example: 'Ada' } } })).toEqual({
      by: 'Ada',
    });
  });

  it('stays when there is one, or several', () => {
    expect(exampleOf(FILM, { example: { title: 'M' } })).toEqual({ title: 'M' });
    expect(exampleOf(FILM, { examples: { one: { value: {} } } })).toBeUndefined();
  });
});

describe('the example of a parameter', () => {
  const parameterWith = (parameter: object) => {
    const parameters = [{ schema: { type: 'integer', example: 3 }, ...parameter }];
    addExamples({ paths: { '/films': { get: { parameters, responses: {} } } } } as unknown as OpenAPIObject);
    return parameters[0]!.schema;
  };

  it('is filled in where the parameter is needed', () => {
    expect(parameterWith({ required: true })).toEqual({ type: 'integer', example: 3 });
  });

  it.each([[{}], [{ required: false }]])(
    'is only shown where the parameter is optional (%j)',
    (parameter) => {
      expect(parameterWith(parameter)).toEqual({ type: 'integer', examples: [3] });
    },
  );
});
