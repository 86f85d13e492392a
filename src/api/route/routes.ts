import type { INestApplicationContext, Type } from '@nestjs/common';
import { type AccessRule, ruleOf } from '../access/allow.decorator.js';
import { controllersOf, handlersOf, methodOf, pathOf } from './route-metadata.js';
import { takesBatch } from './takes-batch.decorator.js';

export interface Route {
  /** `GET`, `POST`. */
  method: string;
  /** As in the controllers: `/users/:userId`. */
  path: string;
  rule: AccessRule | undefined;
  takesBatch: boolean;
}

/** Every route that the controllers of an application have, with the rule that it states. */
export function routesOf(app: INestApplicationContext): Route[] {
  return controllersOf(app).flatMap(routesOfController);
}

function routesOfController(controller: Type<object>): Route[] {
  return handlersOf(controller).map((handler) => {
    const path = [controller, handler].flatMap((part) => pathOf(part).split('/')).filter((part) => part !== '');
    return {
      method: methodOf(handler),
      path: `/${path.join('/')}`,
      rule: ruleOf(handler),
      takesBatch: takesBatch(handler),
    };
  });
}
