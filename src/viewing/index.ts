/** `nest-eventfold/viewing`: events of contents, which other services send. */
export type { ContentReceipt } from './commands/content-receipt.js';
export * from './viewing.events.js';
export * from './viewing.module.js';
