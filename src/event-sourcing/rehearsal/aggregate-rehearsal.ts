import type { AggregateClass, AggregateRoot } from '../aggregate/aggregate-root.js';
import type { DomainEvent, Recorded } from '../event/domain-event.js';
import type { BreakageCount } from './breakage-count.js';
import { unloadable } from './diagnosis.js';

/** Loads aggregates from their first event on, and records breakages. */
export class AggregateRehearsal {
  /** Classes with the longest stream names first: a stream of `order-line` must not match `order`. */
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

  /**
   * Makes the aggregate before its first event. The returned function applies the next event, and tells whether it
   * could.
   */
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
