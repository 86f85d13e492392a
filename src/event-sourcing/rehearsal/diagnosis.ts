import { EventfoldError } from '../errors.js';
import { UnknownEventTypeError, UnknownSchemaVersionError } from '../event/event-errors.js';
import type { RehearsedEvent, Diagnosis } from './breakage-count.js';

/** The event cannot be turned into an instance of its class. */
export function unreadable(event: RehearsedEvent, error: unknown): Diagnosis {
  const stage = 'event';
  const message = messageOf(error);
  if (error instanceof UnknownEventTypeError) {
    const cure =
      'Keep a class for every type that the log holds, in EventSourcingModule.forFeature({ events }). ' +
      'What is stored stays.';
    return { stage, by: 'event registry', code: error.code, message, cure };
  }
  if (error instanceof UnknownSchemaVersionError) {
    const { schemaVersion } = event.metadata;
    const cure =
      error.kind === 'unavailable'
        ? 'A newer build has written it. Deploy that build, or one that knows this schema version.'
        : 'Add the missing step to the "upcasters" of its class: ' +
          `one for each version from ${schemaVersion} up to ${error.current}.`;
    return { stage, by: 'event registry', code: error.code, message, cure };
  }
  const cure = `Let the upcasters of ${event.type} take what is stored at position ${event.position}.`;
  return { stage, by: 'upcaster', code: 'upcaster-failed', message, cure };
}

/** The aggregate cannot apply the event. */
export function unloadable(event: RehearsedEvent, aggregate: string, error: unknown): Diagnosis {
  const isUnexpected = error instanceof EventfoldError;
  return {
    stage: 'aggregate',
    by: aggregate,
    code: isUnexpected ? error.code : 'evolve-failed',
    message: messageOf(error),
    cure: isUnexpected
      ? `Add "${event.type}" to "evolve" of ${aggregate}: without it, no command on stream ${event.streamId} succeeds.`
      : `Let "evolve" of ${aggregate} take the event as the upcasters leave it: ` +
        `until then no command on stream ${event.streamId} succeeds.`,
  };
}

/** The projection's handler, or one of its key functions, throws. */
export function unfoldable(event: RehearsedEvent, projection: string, error: unknown): Diagnosis {
  return {
    stage: 'projection',
    by: projection,
    code: 'handler-failed',
    message: messageOf(error),
    cure:
      `Let the handler of ${projection} take the event at position ${event.position}: ` +
      'else a rebuild, or a retry, parks its key there.',
  };
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
