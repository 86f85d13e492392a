import { type ErrorKind, EventfoldError } from '../errors.js';

/** A refusal as it is stored with its key. */
export interface KeptRefusal {
  kind: ErrorKind;
  code: string;
  message: string;
  details: Record<string, unknown>;
}

/** The details include the correlation id of the first answer. */
export function keepRefusal(
  { kind, code, message, details }: EventfoldError,
  correlationId: string,
): KeptRefusal {
  return { kind, code, message, details: { ...details, correlationId } };
}

/** The refusal that the first call under the same idempotency key got, thrown again. */
export class RepeatedRefusal extends EventfoldError {
  readonly kind: ErrorKind;
  readonly code: string;
  private readonly kept: Record<string, unknown>;

  constructor({ kind, code, message, details }: KeptRefusal) {
    super(message);
    this.kind = kind;
    this.code = code;
    this.kept = details;
  }

  override get details() {
    return this.kept;
  }
}
