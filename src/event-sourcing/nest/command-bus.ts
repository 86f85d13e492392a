import { Injectable, Optional } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { CommandBus } from '@nestjs/cqrs';
import { createIn, type NestModule } from './provider.js';

/** What carries commands out. */
export type SendsCommands = Pick<CommandBus, 'execute'>;

@Injectable()
class BusOfModule {
  constructor(
    @Optional() readonly own: CommandBus | undefined,
    readonly modules: ModuleRef,
  ) {}
}

/** The `CommandBus` that the module sees, or else any of the application; undefined when there is none. */
export async function commandBusOf(module: NestModule): Promise<SendsCommands | undefined> {
  const { own, modules } = await createIn(module, BusOfModule);
  if (own !== undefined) return own;
  try {
    return modules.get(CommandBus, { strict: false });
  } catch {
    return undefined;
  }
}
