import { EventfoldError } from '../../errors.js';

/** A handler asked its turn for something that the turn cannot give. */
export class TurnError extends EventfoldError {
  readonly kind = 'broken';
  readonly code = 'turn-misused';
}

export const OF_PROJECTION =
  'A projection appends no events, since a rebuild would append them once more: append them in a reaction.';

export const NO_TRANSACTION =
  'This reaction works under a lease, and no transaction is open. Call "await turn.transaction()", which begins the ' +
  'one that commits with the checkpoint, or declare @Reaction({ holds: "transaction" }).';
