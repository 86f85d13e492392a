/**
 * What `nest-eventfold/testing` takes of the core besides `index.ts`. It is no part of the package's interface: users
 * cannot import it.
 */
export { ResolvedOptions } from './options.js';
export { FoldFailure } from './projection/fold-failure.js';
export type { Folding } from './projection/folding.js';
export { MemoryFold } from './projection/memory-fold.js';
export { PROJECTION_METADATA } from './projection/projection.decorator.js';
export { handledEvents } from './projection/handled-events.js';
export type { RowTable } from './projection/row-table.js';
export { UndeclaredRowError } from './projection/turn-rows.js';
export { type TurnLimits, type TurnOutcome, Turns } from './projection/turn.js';
export { partToken } from './stores.js';
export { isThenable } from './thenable.js';
