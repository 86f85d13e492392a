/** `nest-eventfold/viewing`: the door for what other services tell of contents. */
export type { ContentReceipt } from './commands/content-receipt.js';
export * from './viewing.events.js';
export * from './viewing.module.js';
