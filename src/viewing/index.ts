/** `nest-eventfold/viewing`: events about contents, which other services send. */
export type { ContentReceipt } from './commands/content-receipt.js';
export * from './viewing.events.js';
export * from './viewing.module.js';
