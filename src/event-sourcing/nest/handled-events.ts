import type { EventClass } from '../event/domain-event.js';

/** The metadata key under which `@EventsHandler` of @nestjs/cqrs stores the event classes. */
const EVENTS_HANDLER_METADATA = '__eventsHandler__';
/** The key under which we keep them after the class was taken off the `EventBus`. */
const HANDLED_EVENTS_METADATA = 'eventfold:handled-events';

/** The event classes that `@EventsHandler` names on a projection or reaction. */
export function handledEvents(metatype: object): readonly EventClass[] {
  const named = (key: string) => Reflect.getMetadata(key, metatype) as EventClass[] | undefined;
  return named(HANDLED_EVENTS_METADATA) ?? named(EVENTS_HANDLER_METADATA) ?? [];
}

/**
 * Takes the handler off the `EventBus`. When an application publishes its events there too, the bus would run the
 * handler a second time, outside of a turn and with an event that has no id. Must be called before `CqrsModule` looks
 * for handlers, which it does in `onApplicationBootstrap`.
 */
export function takeOffEventBus(metatype: object): void {
  if (Reflect.hasOwnMetadata(HANDLED_EVENTS_METADATA, metatype)) return;
  Reflect.defineMetadata(HANDLED_EVENTS_METADATA, handledEvents(metatype), metatype);
  Reflect.deleteMetadata(EVENTS_HANDLER_METADATA, metatype);
  const isInherited = Reflect.hasMetadata(EVENTS_HANDLER_METADATA, metatype);
  if (isInherited) Reflect.defineMetadata(EVENTS_HANDLER_METADATA, [], metatype);
}
