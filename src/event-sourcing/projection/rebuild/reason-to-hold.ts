import type { ResolvedOptions } from '../../options.js';
import type { Statements } from '../../postgres/database.js';
import { selectKeysOfRebuildAlone } from '../turn/parking.sql.js';
import type { Rebuild } from './rebuild.sql.js';
import type { RebuildReport } from './rebuild-report.js';

/**
 * The reason why an operator has to look at a rebuild before the living rows are changed; undefined when there is none.
 */
export async function reasonToHold(
  manager: Statements,
  options: ResolvedOptions,
  { projection, hold }: Rebuild,
  { tables }: RebuildReport,
): Promise<string | undefined> {
  const parked = await selectKeysOfRebuildAlone(manager, options, projection);
  const missing = tables.reduce((sum, table) => sum + table.missing, 0);
  const reasons = [
    ...(parked.length > 0
      ? [
          `it cannot fold ${counted(parked.length, 'key')} that the living rows have, "${parked[0]}" among them`,
        ]
      : []),
    ...(missing > 0 ? [`it would delete ${counted(missing, 'row')} of the living tables`] : []),
  ];
  if (reasons.length > 0) return `Held by itself, since ${reasons.join(', and ')}: release or cancel it`;
  return hold ? 'Held as it was asked for: release or cancel it' : undefined;
}

const counted = (count: number, what: string) =>
  `${count.toLocaleString('en')} ${what}${count === 1 ? '' : 's'}`;
