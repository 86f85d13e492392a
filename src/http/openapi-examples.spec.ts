import { describe, expect, it } from '@jest/globals';
import type { OpenAPIObject } from '@nestjs/swagger';
import { addExamples } from './openapi-examples.js';

/** The example that a body with a schema gets. */
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

  it('stays when there is one, or several', () => {
    expect(exampleOf(FILM, { example: { title: 'M' } })).toEqual({ title: 'M' });
    expect(exampleOf(FILM, { examples: { one: { value: {} } } })).toBeUndefined();
  });
});
