import { EventfoldError } from '../../errors.js';

/** Where a personal value is stored. */
export interface ValuePlace {
  type: string;
  streamId: string;
  version: number;
  position: number;
  field: string;
}

const valueAt = ({ field, type, streamId, version, position }: ValuePlace) =>
  `The personal field "${field}" of ${type} (stream ${streamId}, version ${version}, position ${position})`;

/** The key of a personal value is not there, and was not destroyed either: its table was lost or restored in part. */
export class PersonalKeyMissingError extends EventfoldError {
  readonly kind = 'broken';
  readonly code = 'personal-key-missing';

  constructor(at: ValuePlace, keyId: string) {
    super(
      `${valueAt(at)} is stored under the key ${keyId}, which the table subject_keys does not have. ` +
        'Nobody has destroyed it: restore that table from a backup of the same time as the log.',
    );
  }
}

/** A personal value does not belong to its place, or was changed. */
export class PersonalValueBrokenError extends EventfoldError {
  readonly kind = 'broken';
  readonly code = 'personal-value-broken';

  constructor(at: ValuePlace, keyId: string, cause: unknown) {
    super(`${valueAt(at)} cannot be read with its key ${keyId}: it was changed, or is of another event.`, {
      cause,
    });
  }
}
