import { type DynamicModule, Module } from '@nestjs/common';
import { RouterModule } from '@nestjs/core';
import { accessProviders, OperationsModule } from '../operations/operations.module.js';
import { API_ADDRESS, ConsoleController } from './console.controller.js';
import { type ConsoleOptions, type ResolvedConsoleOptions, resolveConsole } from './console-options.js';

/** The page of operators, and the routes that it uses unless `api` names them. Each import is for one event store. */
@Module({})
export class ConsoleModule {
  /** @throws InvalidOptionsError */
  static forRoot(options: ConsoleOptions = {}): DynamicModule {
    const resolved = resolveConsole(options);
    const { path, guard, imports = [], actor, open } = resolved;
    const page = class ConsolePageModule {}; // one class for each path: the router knows modules by their class
    const controllers: DynamicModule = {
      module: page,
      imports: [...imports],
      controllers: [ConsoleController],
      providers: [
        { provide: API_ADDRESS, useValue: addressFrom(path, resolved.api ?? `${path}/api`) },
        ...accessProviders(guard, { actor, open }),
      ],
    };
    return {
      module: ConsoleModule,
      imports: [controllers, RouterModule.register([{ path, module: page }]), ...ownRoutes(resolved)],
    };
  }
}

function ownRoutes({
  api,
  path,
  store,
  guard,
  imports,
  actor,
  open,
}: ResolvedConsoleOptions): DynamicModule[] {
  if (api !== undefined) return [];
  const access = { ...(guard && { guard }), ...(actor && { actor }), ...(open && { open }) };
  return [OperationsModule.forRoot({ ...access, store, path: `${path}/api`, ...(imports && { imports }) })];
}

/** Both have the prefix and the version of the application, so the way from one to the other needs neither. */
function addressFrom(path: string, api: string): string {
  return path.replaceAll(/[^/]+/g, '..') + (api === '' ? '/' : `/${api}/`);
}
