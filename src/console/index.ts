/** `nest-eventfold/console`: the page of operators, for an application of yours. */
export { ConsoleModule } from './console.module.js';
export type { ConsoleOptions } from './console-options.js';
