import { Inject, Injectable, type Type } from '@nestjs/common';
import type { AggregateClass, AggregateRoot } from './aggregate-root.js';
import { classTokens } from '../nest/class-tokens.js';
import { EventSourcedRepository } from './event-sourced-repository.js';

/** The injection token of the repository that `forFeature({ aggregates })` makes. */
export const getAggregatesToken: (aggregateClass: AggregateClass<any>) => symbol = classTokens('aggregates');

/**
 * Injects the repository of an aggregate that the module lists in `EventSourcingModule.forFeature({ aggregates })`:
 *
 * ```ts
 * constructor(@InjectAggregates(Order) private readonly orders: EventSourcedRepository<Order>) {}
 * ```
 */
export const InjectAggregates = (aggregateClass: AggregateClass<any>) =>
  Inject(getAggregatesToken(aggregateClass));

/** A repository class that adds nothing to its base. */
export function repositoryOf<Aggregate extends AggregateRoot<any, any>>(
  aggregateClass: AggregateClass<Aggregate>,
): Type<EventSourcedRepository<Aggregate>> {
  @Injectable()
  class Repository extends EventSourcedRepository<Aggregate> {
    protected readonly aggregateClass = aggregateClass;
  }
  return Repository;
}
