import { describe, expect, it } from '@jest/globals';
import { HttpException, UnprocessableEntityException, ValidationPipe } from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsInt, IsString, ValidateNested } from 'class-validator';
import { faultsOfPipe } from './faults-of-pipe.js';

class Place {
  @IsInt() floor: number;
}

class Body {
  @IsString() email: string;
  @ValidateNested() @Type(() => Place) place: Place;
}

type Options = ConstructorParameters<typeof ValidationPipe>[0];

/** The body of the exception of a pipe with these options, for a request body that is wrong in two fields. */
async function responseOf(options: Options): Promise<unknown> {
  const pipe = new ValidationPipe({ transform: true, ...options });
  const body = { email: 7, place: { floor: 'top' } };
  const error: unknown = await pipe.transform(body, { type: 'body', metatype: Body }).catch((thrown) => thrown);
  return (error as HttpException).getResponse();
}

const EMAIL = { path: 'email', message: 'email must be a string' };
const FLOOR = 'floor must be an integer number';

describe('the faults that a pipe of the application tells', () => {
  it('are read from the texts that Nest gives by itself', async () => {
    expect(faultsOfPipe(await responseOf({}))).toEqual([
      EMAIL,
      { path: 'place.floor', message: `place.${FLOOR}` },
    ]);
  });

  it('are read from the errors of class-validator', async () => {
    const exceptionFactory = (errors: object[]) => new UnprocessableEntityException(errors);
    expect(faultsOfPipe(await responseOf({ exceptionFactory }))).toEqual([
      EMAIL,
      { path: 'place.floor', message: FLOOR },
    ]);
  });

  it('are named by their rule where the words are dismissed', async () => {
    const exceptionFactory = (errors: object[]) => new UnprocessableEntityException(errors);
    const response = await responseOf({ dismissDefaultMessages: true, exceptionFactory });
    expect(faultsOfPipe(response)).toEqual([
      { path: 'email', message: 'email breaks the rule isString' },
      { path: 'place.floor', message: 'place.floor breaks the rule isInt' },
    ]);
  });

  it.each<[string, unknown]>([
    ['a text for each field', { status: 422, errors: { email: EMAIL.message, place: { floor: FLOOR } } }],
    ['texts for each field', { errors: { email: [EMAIL.message], place: { floor: [FLOOR] } } }],
    [
      'a path and a text for each',
      { errors: [EMAIL, { path: ['place', 'floor'], message: FLOOR, code: 'invalid_type' }] },
    ],
    ['the same, as the body itself', [EMAIL, { path: 'place.floor', message: FLOOR }]],
  ])('are read from %s', (_, response) => {
    expect(faultsOfPipe(response)).toEqual([EMAIL, { path: 'place.floor', message: FLOOR }]);
  });

  it.each([['nothing'], [undefined], [{ message: 'Bad Request' }], [{ message: [] }], [{ errors: null }], [{ errors: 7 }]])(
    'are none in %j',
    (response) => {
      expect(faultsOfPipe(response)).toEqual([]);
    },
  );
});
