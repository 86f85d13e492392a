import { type INestApplicationContext, type Type, RequestMethod } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { MetadataScanner, ModulesContainer } from '@nestjs/core';
import { type AccessRule, ruleOf } from '../access/allow.decorator.js';
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
  const modules = [...app.get(ModulesContainer).values()];
  return modules
    .flatMap(({ controllers }) => [...controllers.values()])
    .flatMap(({ metatype }) => routesOfController(metatype as Type<object>));
}

function routesOfController(controller: Type<object>): Route[] {
  const prototype = controller.prototype as Record<string, object>;
  return new MetadataScanner().getAllMethodNames(prototype).flatMap((name) => {
    const handler = prototype[name]!;
    const method = Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod | undefined;
    if (method === undefined) return [];
    const parts = [controller, handler].map((part) => String(Reflect.getMetadata(PATH_METADATA, part)));
    const path = parts.flatMap((part) => part.split('/')).filter((part) => part !== '');
    return {
      method: RequestMethod[method],
      path: `/${path.join('/')}`,
      rule: ruleOf(handler),
      takesBatch: takesBatch(handler),
    };
  });
}
