import { type CanActivate, type ExecutionContext, Injectable, type Type } from '@nestjs/common';
import { ResolvedOptions } from '../../event-sourcing/for-service.js';
import { ProjectionProgress } from '../../event-sourcing/index.js';
import { readAfterOf } from '../request/headers.js';

/**
 * In an application that tells of its transactions (`currentTransaction`), a request waits for the projection before
 * its interceptors open one. A request that waits inside a transaction holds a connection. Enough such requests leave
 * no connection to the projection that they wait for. Elsewhere the query waits by itself.
 */
export function ReadAfterGuard(projection: string): Type<CanActivate> {
  @Injectable()
  class WaitingGuard implements CanActivate {
    constructor(
      private readonly options: ResolvedOptions,
      private readonly progress: ProjectionProgress,
    ) {}

    /** @throws InvalidRequest; NotCaughtUpError */
    canActivate(execution: ExecutionContext): boolean | Promise<boolean> {
      if (this.options.currentTransaction === undefined) return true;
      const position = readAfterOf(execution);
      return position === undefined || this.progress.waitFor(projection, position).then(() => true);
    }
  }
  return WaitingGuard;
}
