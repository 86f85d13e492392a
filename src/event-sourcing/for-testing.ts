/**
 * What `nest-eventfold/testing` takes of the core besides `index.ts`. It is no part of the package's interface: users
 * cannot import it.
 */
export { MemoryFold } from './projection/memory-fold.js';
export { PROJECTION_METADATA } from './projection/projection.decorator.js';
export { EVENTS_HANDLER_METADATA } from './projection/projections.js';
export { partToken } from './stores.js';
