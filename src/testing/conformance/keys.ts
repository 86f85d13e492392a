import type { DomainEvent, Recorded } from '../../event-sourcing/index.js';
import type { Folding } from '../../event-sourcing/for-testing.js';

/** A row that events of two keys touch. */
export interface SharedRow {
  projection: string;
  table: string;
  key: string;
  what: string;
}

/**
 * Looks for a row that belongs to two keys. Partitions fold different keys side by side, and a parked key waits while
 * others go on, so such a row would be overwritten or folded in another order.
 */
export function firstSharedRow(
  foldings: readonly Folding[],
  history: readonly Recorded<DomainEvent>[],
): SharedRow | undefined {
  for (const folding of foldings) {
    const owners = new Map<string, Recorded<DomainEvent>>();
    for (const event of history.filter(({ type }) => folding.eventTypes.includes(type))) {
      for (const [table, row] of rowsOf(folding, event)) {
        const identity = `${table.name} ${table.identify(row)}`;
        const owner = owners.get(identity) ?? event;
        owners.set(identity, owner);
        if (folding.keyOf(owner) === folding.keyOf(event)) continue;
        const name = table.name.replaceAll('"', '');
        const described = [owner, event].map((each) => placeOf(each, folding.keyOf(each))).join(' and by ');
        const key = table.describe(row);
        return {
          projection: folding.name,
          table: name,
          key,
          what: `row ${key} of ${name} is touched by ${described}`,
        };
      }
    }
  }
  return undefined;
}

const rowsOf = (folding: Folding, event: Recorded<DomainEvent>) =>
  folding.tables('live').flatMap(({ table, keys }) => keys(event).map((row) => [table, row] as const));

const placeOf = ({ type, position }: Recorded<DomainEvent>, key: string) =>
  `event ${position} (${type}, key "${key}")`;
