import type { AggregateClass, AggregateRoot } from '../aggregate/aggregate-root.js';
import type { DomainEvent, Recorded } from '../event/domain-event.js';
import type { BreakageCount } from './breakage-count.js';
import { unloadable } from './diagnosis.js';

/** Loads aggregates from their first event on, and notes where that breaks. */
export class AggregateRehearsal {
  /** Those with the longest names first: of the streams of `order-line`, none is of `order`. */
  private readonly classes: readonly AggregateClass<AggregateRoot<any, any>>[];

  constructor(
    classes: readonly AggregateClass<AggregateRoot<any, any>>[],
    private readonly breakages: BreakageCount,
  ) {
    this.classes = classes.toSorted((one, other) => other.stream.length - one.stream.length);
  }

  isOfAggregate(streamId: string): boolean {
    return this.classOf(streamId) !== undefined;
  }

  /** The aggregate before its first event. What is returned takes the next event, and says whether it could. */
  begin(streamId: string): (event: Recorded<DomainEvent>) => boolean {
    const aggregateClass = this.classOf(streamId)!;
    const aggregate = new aggregateClass(streamId.slice(aggregateClass.stream.length + 1));
    return (event) => {
      try {
        aggregate.replay(event);
        return true;
      } catch (error) {
        this.breakages.broke(event, unloadable(event, aggregateClass.name, error));
        return false;
      }
    };
  }

  private classOf(streamId: string) {
    return this.classes.find(({ stream }) => streamId.startsWith(`${stream}-`));
  }
}
