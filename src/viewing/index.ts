/** `nest-eventfold/viewing`: the door for what other services tell of contents. */
export { CatalogueContent } from './commands/catalogue-content.command.js';
export type { ContentReceipt } from './commands/content-receipt.js';
export { RecordViewing } from './commands/record-viewing.command.js';
export {
  ContentCatalogued,
  ContentRated,
  ContentWatched,
  contentStream,
  occurrenceOf,
  type ViewingEvent,
} from './viewing.events.js';
export { ViewingModule } from './viewing.module.js';
