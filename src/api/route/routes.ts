import type { INestApplicationContext, Type } from '@nestjs/common';
import { type AccessRule, ruleOf } from '../access/allow.decorator.js';
import { controllersOf, handlersOf, methodOf, pathOf } from './route-metadata.js';
import { takesBatch } from './takes-batch.decorator.js';

export interface Route {
  /** The HTTP method: `GET`, `POST`. */
  method: string;
  /** The path in the controllers: `/users/:userId`. */
  path: string;
  rule: AccessRule | undefined;
  takesBatch: boolean;
}

/** Every route of the controllers of an application, with its rule. */
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
