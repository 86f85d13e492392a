import { describe, expect, it } from '@jest/globals';
import type { ProjectionOperations } from '../event-sourcing/index.js';
import { type Act, performAct } from './act.js';
import { PARKED_KEY_ACTS } from './parked-key-acts.js';
import { ParkedKeysController } from './parked-keys.controller.js';
import { PAUSE, PROJECTION_ACTS, REBUILD } from './projection-acts.js';
import { ProjectionsController } from './projections.controller.js';
import { ROW_ACTS } from './row-acts.js';
import { RowsController } from './rows.controller.js';
import { TIMER_ACTS } from './timer-acts.js';
import { TimersController } from './timers.controller.js';

const ACTS: readonly Act<never, unknown, never>[] = [
  ...PROJECTION_ACTS,
  ...PARKED_KEY_ACTS,
  ...ROW_ACTS,
  ...TIMER_ACTS,
];

/** What the OpenAPI document says about the routes of a controller. */
const operationsOf = ({ prototype }: { prototype: object }) =>
  Object.values(Object.getOwnPropertyDescriptors(prototype)).flatMap(({ value }) => {
    const operation: unknown = Reflect.getMetadata('swagger/apiOperation', value as object);
    return operation === undefined ? [] : [operation as Record<string, string>];
  });

/** Notes the calls. */
function notedOperations() {
  const asked: unknown[] = [];
  const note =
    (method: string, result?: object) =>
    async (...args: unknown[]) => {
      asked.push([method, ...args]);
      return result;
    };
  const operations = {
    get: note('get', { name: 'orders' }),
    pause: note('pause'),
    rebuild: note('rebuild'),
  } as unknown as ProjectionOperations;
  return { asked, operations };
}

describe('the acts of operators', () => {
  it('have a name each', () => {
    expect(new Set(ACTS.map(({ name }) => name)).size).toBe(ACTS.length);
  });

  it('have the routes that they name, in their words', () => {
    const routes = [ProjectionsController, ParkedKeysController, RowsController, TimersController].flatMap(
      operationsOf,
    );
    for (const act of [...PROJECTION_ACTS, ...PARKED_KEY_ACTS, ...ROW_ACTS, ...TIMER_ACTS]) {
      if (!('operationId' in act)) continue;
      const { operationId, summary, effect } = act;
      const description = expect.stringContaining(effect);
      expect(routes).toContainEqual(expect.objectContaining({ operationId, summary, description }));
    }
  });

  it('answer how the projection is after it', async () => {
    const { asked, operations } = notedOperations();
    await expect(performAct(operations, PAUSE, { name: 'orders' })).resolves.toEqual({ name: 'orders' });
    expect(asked).toEqual([
      ['pause', 'orders'],
      ['get', 'orders'],
    ]);
  });

  it('take their parameters along', async () => {
    const { asked, operations } = notedOperations();
    await performAct(operations, REBUILD, { name: 'orders', hold: true });
    expect(asked[0]).toEqual(['rebuild', 'orders', { hold: true }]);
  });
});
