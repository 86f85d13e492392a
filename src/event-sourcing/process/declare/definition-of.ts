import type { Type } from '@nestjs/common';
import type { EventClass } from '../../event/domain-event.js';
import type { SendsCommands } from '../../nest/command-bus.js';
import { handledEvents } from '../../nest/handled-events.js';
import { resolveOptions } from '../../options/resolve-options.js';
import { PROCESS_METADATA, PROCESS_RULES, type ResolvedProcessOptions } from './process.decorator.js';
import { ProcessDefinition } from './process-definition.js';
import type { AnyProcess } from './process-manager.js';

/** @throws InvalidOptionsError when an option of its `@Process` breaks a rule */
export const processOptionsOf = (metatype: object): ResolvedProcessOptions =>
  resolveOptions(
    Reflect.getMetadata(PROCESS_METADATA, metatype),
    PROCESS_RULES,
    `@Process of ${(metatype as Type).name}`,
  ) as ResolvedProcessOptions;

/** @throws InvalidOptionsError when its `@Process` or its code breaks a rule */
export function definitionOf(manager: AnyProcess, bus?: SendsCommands): ProcessDefinition {
  const metatype = manager.constructor;
  const eventClasses: readonly EventClass[] = handledEvents(metatype);
  return new ProcessDefinition(manager, eventClasses, processOptionsOf(metatype), bus);
}
