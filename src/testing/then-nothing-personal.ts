import type { INestApplicationContext } from '@nestjs/common';
import { type Erasure, type ErasureEvidence, ErasureProof, ErasureService } from '../event-sourcing/index.js';
import { fail } from './comparison.js';
import { partOf } from './parts.js';

export interface NothingPersonalOptions {
  /** What is looked for in all tables, such as the address of the person. Default: only keys and rows are looked at. */
  texts?: readonly string[];
  /** How long the erasure may take, in ms. Default: 10,000. */
  within?: number;
  /** The name of the event store. Default: `default`. */
  store?: string;
}

/**
 * The end of a test in which a person was erased: waits until the erasure is done, and then looks for what is left.
 *
 * ```ts
 * await app.get(ErasureService).request('ada');
 * await thenNothingPersonal(app, 'ada', { texts: ['ada@example.org', 'Ada Lovelace'] });
 * ```
 *
 * @throws AssertionError that names the step that the erasure waits at, or each place where something was found
 */
export async function thenNothingPersonal(
  app: INestApplicationContext,
  subject: string,
  { texts = [], within = 10_000, store }: NothingPersonalOptions = {},
): Promise<void> {
  const erasures = partOf(app, ErasureService, store);
  const erasure = await erasures.find(subject);
  if (erasure === undefined)
    fail(`Nobody has asked to erase "${subject}": call ErasureService.request first.`);
  if (!(await erasures.settled(erasure.id, within))) fail(isNotDone(await erasures.get(erasure.id), within));
  const evidence = await partOf(app, ErasureProof, store).verify(subject, texts);
  if (!evidence.isForgotten) fail(`"${subject}" is erased, and not forgotten: ${whatIsLeft(evidence)}.`);
}

function isNotDone({ subject, steps }: Erasure, within: number): string {
  const last = steps.at(-1)?.place ?? 'none';
  return `The erasure of "${subject}" is not done within ${within} ms: the last step that is done is "${last}".`;
}

function whatIsLeft({ keys, rows, found }: ErasureEvidence): string {
  return [
    ...(keys > 0 ? [`${keys} keys`] : []),
    ...rows.map(({ table, count }) => `${count} rows of ${table} that are not emptied`),
    ...found.map(({ text, table, column, count }) => `"${text}" in ${count} rows of ${table}.${column}`),
  ].join(', ');
}
