/** What Nest stores about controllers and their methods, beyond its documentation. */
import { type INestApplicationContext, RequestMethod, type Type } from '@nestjs/common';
import {
  HOST_METADATA,
  METHOD_METADATA,
  MODULE_PATH,
  PATH_METADATA,
  VERSION_METADATA,
} from '@nestjs/common/constants.js';
import { MetadataScanner, ModulesContainer } from '@nestjs/core';

/** All controllers of an application. */
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

/** Whether a decorator such as `@Get` has made a method a route. */
export const isRoute = (handler: object): boolean => Reflect.hasMetadata(METHOD_METADATA, handler);

/** The HTTP method of a route: `GET`, `POST`. */
export const methodOf = (handler: object): string =>
  RequestMethod[Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod];

/** The path in the decorator of a controller or a route. */
export const pathOf = (controllerOrHandler: object): string =>
  String(Reflect.getMetadata(PATH_METADATA, controllerOrHandler));

/** The paths in a decorator, or that of a module by `RouterModule`; one empty path when there is none. */
const pathsOf = (key: string, target: object): string[] =>
  [Reflect.getMetadata(key, target) ?? ''].flat().map(String);

/** Whether a route answers only for a version or a host. */
const isRestricted = (target: object): boolean =>
  [HOST_METADATA, VERSION_METADATA].some((key) => Reflect.getMetadata(key, target) !== undefined);

/** The routes of all controllers as `GET /users/:userId`, by the modules' paths, without versions and hosts. */
export function placesOf(modules: ModulesContainer): { place: string; controller: Type<object> }[] {
  return [...modules.values()].flatMap((module) => {
    const [base] = pathsOf(MODULE_PATH + modules.applicationId, module.metatype);
    return [...module.controllers.values()].flatMap(({ metatype }) => {
      const controller = metatype as Type<object>;
      if (isRestricted(controller)) return [];
      return handlersOf(controller)
        .filter((handler) => !isRestricted(handler))
        .flatMap((handler) =>
          pathsOf(PATH_METADATA, controller).flatMap((first) =>
            pathsOf(PATH_METADATA, handler).map((last) => {
              const parts = `${base}/${first}/${last}`.split('/').filter((part) => part !== '');
              return { place: `${methodOf(handler)} /${parts.join('/')}`, controller };
            }),
          ),
        );
    });
  });
}

/** The number of parameters in the source of a method. It includes those with a default. */
export const parametersOf = (prototype: object, name: string | symbol): number =>
  (Reflect.getMetadata('design:paramtypes', prototype, name) as unknown[]).length;

/** Gives a method all metadata of another method, and its name: Nest and Swagger know a method by both. */
export function copyMetadata(from: Function, to: Function): void {
  Object.defineProperty(to, "name", { value: from.name });
  for (const key of Reflect.getMetadataKeys(from)) {
    Reflect.defineMetadata(key, Reflect.getMetadata(key, from), to);
  }
}
