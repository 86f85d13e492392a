import { ErasureService } from '../../event-sourcing/index.js';
import { ErasureWorker, LedgerCheck } from '../../event-sourcing/for-service.js';
import { withLog } from '../application.js';
import type { Terminal } from '../terminal/terminal.js';

export function reapply(terminal: Terminal): Promise<void> {
  return withLog(terminal, async (store) => {
    const reapplied: string[] = [];
    for (const entry of await store.get(LedgerCheck).missing()) {
      const { id } = await store.get(ErasureService).repeat(entry);
      await store.get(ErasureWorker).workOn(id);
      reapplied.push(id);
    }
    await terminal.result({ reapplied }, () => [
      reapplied.length === 0
        ? 'The database has all erasures of the ledger.'
        : `${reapplied.length} of the ledger erased again. The service may start.`,
    ]);
  });
}
