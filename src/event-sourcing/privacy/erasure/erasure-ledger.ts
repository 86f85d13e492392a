import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ResolvedOptions } from '../../options.js';

/** A line of the ledger: all that an erasure needs to be applied again. */
export interface LedgerEntry {
  id: string;
  subject: string;
  requestedBy: string | null;
  reason: string | null;
  /** ISO 8601. */
  requestedAt: string;
  /** The id of the first event of the log: a ledger may have erasures of several logs. */
  log: string;
}

/**
 * The erasures, outside of the database: a file with a line of JSON for each, to which lines are only added. A backup
 * of the database brings the keys of erased persons back. The ledger tells that, and whom to erase again. An entry is
 * on the disk before the key is destroyed.
 */
export class ErasureLedger {
  constructor(readonly path: string) {}

  /** @returns undefined when the options name no ledger */
  static of({ privacy }: Pick<ResolvedOptions, 'privacy'>): ErasureLedger | undefined {
    return privacy.ledger === undefined ? undefined : new ErasureLedger(privacy.ledger);
  }

  /** All entries; none when there is no file yet. A line that a crash has cut off was never told to anyone. */
  async entries(): Promise<LedgerEntry[]> {
    const text = await readFile(this.path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '';
      throw error;
    });
    const lines = text.split('\n');
    return lines.flatMap((line, index) => {
      if (line === '') return [];
      try {
        return [JSON.parse(line) as LedgerEntry];
      } catch (cause) {
        if (!line.endsWith('}')) return []; // cut off by a crash
        throw new Error(`Line ${index + 1} of the ledger of erasures ${this.path} is damaged.`, { cause });
      }
    });
  }

  /** Adds an entry, unless it is there, and waits for the disk. @returns whether it was new */
  async add(entry: LedgerEntry): Promise<boolean> {
    const known = await this.entries();
    if (known.some(({ id }) => id === entry.id)) return false;
    await mkdir(dirname(this.path), { recursive: true });
    const file = await open(this.path, 'a+', 0o600);
    try {
      const { size } = await file.stat();
      const last = Buffer.alloc(1);
      const isCut = size > 0 && (await file.read(last, 0, 1, size - 1), last.toString() !== '\n');
      await file.appendFile(`${isCut ? '\n' : ''}${JSON.stringify(entry)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    return true;
  }
}
