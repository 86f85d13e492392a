import type { EventMetadata, StoredEvent } from '../event/domain-event.js';

/** A failure of this build with events of one type and schema version. */
export interface Breakage {
  /** The stage: reading the event, loading the aggregate, or folding it into rows. */
  stage: 'event' | 'aggregate' | 'projection';
  /** The failing part: `event registry`, `upcaster`, the class of the aggregate, or the name of the projection. */
  by: string;
  /** Stable: `unknown-event-type`, `upcaster-failed`, `evolve-failed`, `handler-failed` ... */
  code: string;
  /** How many of the events read. Events after the first failure of a stream, or of a row key, do not count. */
  events: number;
  /** Position of the first of them. */
  position: number;
  streamId: string;
  version: number;
  /** The message of the error thrown there. */
  message: string;
  /** The remedy. */
  cure: string;
}

/** One stored type in one schema version. */
export interface RehearsedType {
  type: string;
  /** The version in the stored event; 0 when the event has none. */
  schemaVersion: number;
  /** How many the log has: counted in a whole rehearsal, estimated from a sample. */
  events: number;
  /** How many were read. */
  read: number;
  breakages: Breakage[];
}

/** The parts of an event that a breakage needs; its data may have been upcast. */
export type RehearsedEvent = Pick<StoredEvent, 'position' | 'streamId' | 'version' | 'type'> & {
  metadata: Pick<EventMetadata, 'schemaVersion'>;
};

export type Diagnosis = Pick<Breakage, 'stage' | 'by' | 'code' | 'message' | 'cure'>;

/** Counts events and breakages by type and schema version. Its size depends on the number of types, not of events. */
export class BreakageCount {
  private readonly types = new Map<string, RehearsedType>();

  /** @param weight how many events of the log this event stands for */
  met(event: RehearsedEvent, weight: number): void {
    const type = this.typeOf(event);
    type.read++;
    type.events += weight;
  }

  broke(event: RehearsedEvent, diagnosis: Diagnosis, events = 1): void {
    const { breakages } = this.typeOf(event);
    const { position, streamId, version } = event;
    const known = breakages.find(
      ({ stage, by, code }) => stage === diagnosis.stage && by === diagnosis.by && code === diagnosis.code,
    );
    if (known === undefined) breakages.push({ ...diagnosis, events, position, streamId, version });
    else {
      known.events += events;
      if (position < known.position) Object.assign(known, diagnosis, { position, streamId, version });
    }
  }

  get broken(): number {
    let broken = 0;
    for (const { breakages } of this.types.values()) broken += breakages.length;
    return broken;
  }

  /** All types, sorted by type and schema version. */
  list(): RehearsedType[] {
    return [...this.types.values()]
      .map((each) => ({ ...each, events: Math.max(each.read, Math.round(each.events)) }))
      .toSorted((one, other) =>
        one.type === other.type ? one.schemaVersion - other.schemaVersion : one.type < other.type ? -1 : 1,
      );
  }

  private typeOf({ type, metadata }: RehearsedEvent): RehearsedType {
    const schemaVersion = schemaVersionOf(metadata);
    const key = `${schemaVersion} ${type}`;
    let known = this.types.get(key);
    if (known === undefined) {
      known = { type, schemaVersion, events: 0, read: 0, breakages: [] };
      this.types.set(key, known);
    }
    return known;
  }
}

/** A row that another program wrote into the table may have no metadata. */
function schemaVersionOf(metadata: RehearsedEvent['metadata'] | null): number {
  const version: unknown = metadata?.schemaVersion;
  return typeof version === 'number' ? version : 0;
}
