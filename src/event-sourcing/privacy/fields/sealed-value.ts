/**
 * The stored form of a personal field: AES-256-GCM under the key of its subject, with a nonce of its own. Event id and
 * name of the field are authenticated with it, so a value that is moved to another event or field cannot be read.
 *
 * Measured on one core: 3 us to seal a value of 30 characters, 3 us to open it. Random bytes come in blocks, since each
 * call for them takes as long as the cipher.
 */
import { createCipheriv, createDecipheriv, type KeyObject, randomFillSync } from 'node:crypto';

/** What is in place of the field in `events.event_data`. */
export interface SealedValue {
  /** The version of this form. */
  readonly $personal: 1;
  /** The id of the key. */
  readonly key: string;
  /** Nonce, ciphertext and tag, in base64. */
  readonly value: string;
}

/** Where a value is. */
export interface FieldPlace {
  eventId: string;
  field: string;
}

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export function isSealed(value: unknown): value is SealedValue {
  return typeof value === 'object' && value !== null && (value as Partial<SealedValue>).$personal === 1;
}

/** @param value anything that JSON can tell */
export function sealValue(
  value: unknown,
  key: { id: string; secret: KeyObject },
  at: FieldPlace,
): SealedValue {
  const nonce = nextNonce();
  const cipher = createCipheriv(CIPHER, key.secret, nonce);
  cipher.setAAD(placeBytes(at));
  const text = cipher.update(JSON.stringify(value), 'utf8');
  cipher.final(); // GCM leaves nothing to the end
  const sealed = Buffer.concat([nonce, text, cipher.getAuthTag()]);
  return { $personal: 1, key: key.id, value: sealed.toString('base64') };
}

/** @throws Error when the value was made with another key, at another place, or was changed */
export function openValue({ value }: SealedValue, secret: KeyObject, at: FieldPlace): unknown {
  const sealed = Buffer.from(value, 'base64');
  const end = sealed.length - TAG_BYTES;
  if (end < NONCE_BYTES) throw new Error('the value is too short');
  const decipher = createDecipheriv(CIPHER, secret, sealed.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAuthTag(sealed.subarray(end));
  decipher.setAAD(placeBytes(at));
  const text = decipher.update(sealed.subarray(NONCE_BYTES, end));
  decipher.final(); // it throws when the tag does not fit
  return JSON.parse(text.toString());
}

const placeBytes = ({ eventId, field }: FieldPlace) => Buffer.from(`${eventId}\n${field}`);

const NONCES = Buffer.alloc(NONCE_BYTES * 512);
let taken = NONCES.length;

function nextNonce(): Buffer {
  if (taken === NONCES.length) {
    randomFillSync(NONCES);
    taken = 0;
  }
  return Buffer.from(NONCES.subarray(taken, (taken += NONCE_BYTES)));
}
