import { EventfoldError } from '../errors.js';

/** A master key of this process is not the one under which the keys of persons are wrapped, or is missing. */
export class WrongMasterKeyError extends EventfoldError {
  readonly kind = 'broken';
  readonly code = 'wrong-master-key';
}
