/**
 * `nest-eventfold/viewing-messages`: events about contents by the transports of Nest. It needs `@nestjs/microservices`.
 */
export { ViewingMessagesModule, type ViewingMessagesOptions } from './viewing-messages.module.js';
