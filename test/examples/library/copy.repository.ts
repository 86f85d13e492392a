import { Injectable } from '@nestjs/common';
import { EventSourcedRepository } from '../../../src/event-sourcing/index.js';
import { CopyNotFound } from './copy.errors.js';
import { Copy } from './copy.js';

@Injectable()
export class CopyRepository extends EventSourcedRepository<Copy> {
  protected readonly aggregateClass = Copy;

  protected override notFound(copyId: string): never {
    throw new CopyNotFound(`There is no copy ${copyId}.`);
  }
}
