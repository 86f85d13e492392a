import { ProjectionOperations, type RowRebuild, ScanUnfinishedError } from '../../event-sourcing/index.js';
import { performAct } from '../../operations/act.js';
import { REBUILD_ROW } from '../../operations/row-acts.js';
import { withLog } from '../application.js';
import { printable } from '../terminal/printable.js';
import type { Terminal } from '../terminal/terminal.js';

export function rebuildRow(terminal: Terminal, _options: object, name: string, key: string): Promise<void> {
  return withLog(terminal, async (application) => {
    const operations = application.get(ProjectionOperations);
    for (;;) {
      terminal.signal.throwIfAborted();
      const rebuilt = await performAct(operations, REBUILD_ROW, { name, key }).catch(unlessUnfinished);
      if (rebuilt !== undefined) return terminal.result(rebuilt, linesOf);
    }
  });
}

/** The next call goes on with the search. */
function unlessUnfinished(error: unknown): undefined {
  if (!(error instanceof ScanUnfinishedError)) throw error;
}

const linesOf = ({ position, tables }: RowRebuild): string[] => [
  `The rows are those of position ${position.toLocaleString('en')}.`,
  ...tables.flatMap(({ table, equal, differing, missing, extra, differences }) => [
    printable(`${table}  ${equal} equal, ${differing} changed, ${missing} removed, ${extra} added`),
    ...differences.map(({ living, rebuilt }) =>
      printable(`  ${JSON.stringify(living)}\n  -> ${JSON.stringify(rebuilt)}`),
    ),
  ]),
];
