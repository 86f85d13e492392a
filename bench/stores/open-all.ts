import { openCastore } from './castore.js';
import { checkContender, type Contender } from './contender.js';
import { openEmmett } from './emmett.js';
import { openEventfoldStore } from './eventfold.js';
import { openMessageDb } from './message-db.js';
import { openPlainInsert } from './plain-insert.js';
import { openSetInsert } from './set-insert.js';

/** Runs `work` with every store on one database, the yardstick first. Each store is checked before. */
export async function withAllStores<Result>(
  url: string,
  work: (contenders: readonly Contender[]) => Promise<Result>,
): Promise<Result> {
  const open: Contender[] = [];
  try {
    open.push(await openEventfoldStore(url)); // first: the yardstick's table copies its table
    for (const openOne of [openPlainInsert, openSetInsert, openEmmett, openCastore, openMessageDb])
      open.push(await openOne(url));
    for (const contender of open) await checkContender(contender);
    const [eventfold, plain, ...peers] = open;
    return await work([plain!, eventfold!, ...peers]);
  } finally {
    for (const contender of open) await contender.close();
  }
}
