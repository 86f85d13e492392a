/** What Nest notes on controllers and their methods, beyond what it documents. */
import { type INestApplicationContext, RequestMethod, type Type } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { MetadataScanner, ModulesContainer } from '@nestjs/core';

/** Every controller of an application. */
export function controllersOf(app: INestApplicationContext): Type<object>[] {
  return [...app.get(ModulesContainer).values()]
    .flatMap(({ controllers }) => [...controllers.values()])
    .map(({ metatype }) => metatype as Type<object>);
}

/** The methods of a controller that are routes. */
export function handlersOf(controller: Type<object>): object[] {
  const prototype = controller.prototype as Record<string, object>;
  return new MetadataScanner()
    .getAllMethodNames(prototype)
    .map((name) => prototype[name]!)
    .filter(isRoute);
}

/** Whether a decorator such as `@Get` has made it a route. */
export const isRoute = (handler: object): boolean => Reflect.hasMetadata(METHOD_METADATA, handler);

/** `GET`, `POST`. */
export const methodOf = (handler: object): string =>
  RequestMethod[Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod];

/** As the decorator of a controller, or of a route, has it. */
export const pathOf = (controllerOrHandler: object): string =>
  String(Reflect.getMetadata(PATH_METADATA, controllerOrHandler));

/** How many parameters the method of a class has in its source: those with a default count, too. */
export const parametersOf = (prototype: object, name: string | symbol): number =>
  (Reflect.getMetadata('design:paramtypes', prototype, name) as unknown[]).length;

/** Gives a method all that decorators have noted on another one: Nest and Swagger know a method by it and its name. */
export function copyMetadata(from: Function, to: Function): void {
  Object.defineProperty(to, "name", { value: from.name });
  for (const key of Reflect.getMetadataKeys(from)) {
    Reflect.defineMetadata(key, Reflect.getMetadata(key, from), to);
  }
}
