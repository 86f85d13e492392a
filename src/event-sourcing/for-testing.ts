/**
 * Exports of the core for `nest-eventfold/testing`, besides `index.ts`. They are no part of the package's interface:
 * users cannot import them.
 */
export { ResolvedOptions } from './options.js';
export { FoldFailure } from './projection/turn/fold-failure.js';
export type { Folding } from './projection/declare/folding.js';
export { listOf, PROJECTION_METADATA } from './projection/declare/projection.decorator.js';
export { type Decision, decide } from './process/declare/decide.js';
export { definitionOf } from './process/declare/definition-of.js';
export type { AnyProcess } from './process/declare/process-manager.js';
export type { Instance } from './process/declare/instance-states.js';
export type { ProcessDefinition } from './process/declare/process-definition.js';
export { handledEvents } from './nest/handled-events.js';
export { injectedDependencies } from './nest/injected-dependencies.js';
export type { RowTable } from './projection/columns/row-table.js';
export { type RowStore, TurnRows, UndeclaredRowError } from './projection/turn/turn-rows.js';
export { type TurnLimits, type TurnOutcome, Turns } from './projection/turn/turn.js';
export { partToken } from './module/stores.js';
export { isThenable } from './projection/turn/thenable.js';
export { metadataOf } from './postgres/entity-metadata.js';
export { copyOfRow } from './projection/columns/row-copy.js';
export { RowColumns } from './projection/columns/row-columns.js';
export { rowsToken } from './projection/turn/rows.js';
