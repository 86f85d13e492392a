import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import type { KeyVault, MasterKey, PlainKey, WrappedKey } from '../options/event-sourcing-options.js';

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * A vault in memory: keys are wrapped with AES-256-GCM under the first master key, and unwrapped with the one of their
 * number. The id of a key is authenticated with it, so one key cannot be put in the place of another.
 */
export class MasterKeys implements KeyVault {
  readonly master: number;
  private readonly byNumber: ReadonlyMap<number, Uint8Array>;

  constructor(keys: readonly MasterKey[]) {
    this.master = keys[0]!.number;
    this.byNumber = new Map(keys.map(({ number, key }) => [number, key]));
  }

  get numbers(): number[] {
    return [...this.byNumber.keys()];
  }

  /** A value that tells keys apart and says nothing about them. */
  checkValue(number: number): Buffer {
    return createHmac('sha256', this.byNumber.get(number)!).update(`eventfold master key ${number}`).digest();
  }

  async wrap(keys: readonly PlainKey[]): Promise<Uint8Array[]> {
    const master = this.byNumber.get(this.master)!;
    return keys.map(({ id, key }) => {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(CIPHER, master, nonce).setAAD(Buffer.from(id));
      return Buffer.concat([nonce, cipher.update(key), cipher.final(), cipher.getAuthTag()]);
    });
  }

  async unwrap(keys: readonly WrappedKey[]): Promise<Uint8Array[]> {
    return keys.map(({ id, master, wrapped }) => {
      const key = this.byNumber.get(master);
      if (key === undefined) throw new Error(`There is no master key ${master}.`);
      const bytes = Buffer.from(wrapped.buffer, wrapped.byteOffset, wrapped.byteLength);
      const end = bytes.length - TAG_BYTES;
      const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      });
      decipher.setAAD(Buffer.from(id)).setAuthTag(bytes.subarray(end));
      const plain = decipher.update(bytes.subarray(NONCE_BYTES, end));
      decipher.final(); // it throws when the tag does not fit
      return plain;
    });
  }
}
