import { Injectable } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import type { AggregateClass } from './aggregate-root.js';
import { EventSourcedRepository } from './event-sourced-repository.js';
import { EventStore } from '../log/event-store.js';
import { requireSnapshotRevision } from './snapshot/snapshot-revision.js';

/** Lists the aggregates that have a repository on this log, and checks what their classes declare. */
@Injectable()
export class AggregateStreams {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly store: EventStore,
  ) {}

  /** Aggregate classes of all repositories, however these are provided. */
  get aggregateClasses(): readonly AggregateClass<any>[] {
    const classes = this.discovery
      .getProviders()
      .map(({ instance }): unknown => instance)
      .filter((instance) => instance instanceof EventSourcedRepository)
      .filter((repository) => repository['store'] === this.store)
      .map((repository): AggregateClass<any> => repository['aggregateClass']);
    return [...new Set(classes)];
  }

  /**
   * @throws InvalidOptionsError when the `snapshotRevision` of a class breaks its rule
   * @throws Error when aggregates of two classes could have the same stream
   */
  requireOwn(): void {
    for (const each of this.aggregateClasses) requireSnapshotRevision(each);
    requireOwnStreams(this.aggregateClasses);
  }
}

/** @throws Error when aggregates of two classes could have the same stream */
export function requireOwnStreams(aggregateClasses: readonly AggregateClass<any>[]): void {
  const sorted = aggregateClasses.toSorted((one, other) => one.stream.length - other.stream.length);
  for (const [index, one] of sorted.entries()) {
    for (const other of sorted.slice(index + 1)) refuseShared(one, other);
  }
}

function refuseShared(one: AggregateClass<any>, other: AggregateClass<any>): void {
  if (one.stream === other.stream) {
    throw new Error(
      `${one.name} and ${other.name} both have the streams "${one.stream}-<id>": ` +
        'each would load the events of the other. ' +
        'Give one of them another static "stream".',
    );
  }
  if (!other.stream.startsWith(`${one.stream}-`)) return;
  const rest = other.stream.slice(one.stream.length + 1);
  throw new Error(
    `${one.name} ("${one.stream}") and ${other.name} ("${other.stream}") can share a stream: "${other.stream}-7" is ` +
      `${one.name} "${rest}-7" and ${other.name} "7". Give ${other.name} a static "stream" that does not begin with ` +
      `"${one.stream}-", such as "${other.stream.replaceAll('-', '_')}".`,
  );
}
