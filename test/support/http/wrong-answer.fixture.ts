// `described-answers.e2e-spec.ts` runs this file and expects it to fail.

import { expect, it } from '@jest/globals';
import { Api } from './api.js';

it('asks for what is answered wrongly', async () => {
  const { status } = await new Api(process.env.EVENTFOLD_WRONG_SERVICE!).get('/health/live');
  expect(status).toBe(200);
});

it('asks for nothing', () => {
  expect(1 + 1).toBe(2);
});
