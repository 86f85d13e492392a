import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { placesOf } from './route-metadata.js';

const KEY = 'eventfold:api-controller';

/** For a controller of Eventfold's API. */
export const OfApi = (): ClassDecorator => (controller) =>
  Reflect.defineMetadata(KEY, true, controller);

/** The applications that have had the warning. */
const told = new WeakSet<ModulesContainer>();

/**
 * Warns of routes that an application and Eventfold both have: Express silently calls the controller whose module comes
 * first. An application may want to replace a route of ours, so this is no fault.
 */
@Injectable()
export class HiddenRoutes implements OnModuleInit {
  private readonly logger = new Logger('Routes');

  constructor(private readonly modules: ModulesContainer) {}

  onModuleInit(): void {
    if (told.has(this.modules)) return;
    told.add(this.modules);
    for (const line of hiddenIn(this.modules)) this.logger.warn(line);
  }
}

function hiddenIn(modules: ModulesContainer): string[] {
  const places = placesOf(modules);
  const isOurs = (controller: object) => Reflect.hasOwnMetadata(KEY, controller);
  const ofHost = new Map(
    places.flatMap(({ place, controller }) => (isOurs(controller) ? [] : [[shapeOf(place), controller]])),
  );
  return places.flatMap(({ place, controller }) => {
    const other = isOurs(controller) ? ofHost.get(shapeOf(place)) : undefined;
    if (other === undefined) return [];
    return (
      `${place} is a route of ${controller.name} of Eventfold and of ${other.name}, and one hides the other. Give the ` +
      'module of Eventfold a path with RouterModule.register, or leave its routes out with "controllers: false".'
    );
  });
}

/** The place of a route without the names of its parameters. */
const shapeOf = (place: string) => place.replaceAll(/:\w+/g, ':');
