/**
 * A process that has used no async storage before its first transaction, while other work is under way. That work
 * appends beside the transaction, which keeps the log locked for some time. Prints the outcome of each append.
 */

import { Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { setTimeout as sleep } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../../dist/src/service/database/data-source-options.js';
import { EventSourcingModule, EventStore } from '../../../dist/src/event-sourcing/index.js';

/** Longer than an append inside of a transaction waits for it. */
const LOCKED_MS = 1_500;

Logger.overrideLogger(false);
const app = await NestFactory.createApplicationContext(
  {
    module: class FirstTransactionModule {},
    imports: [
      TypeOrmModule.forRoot({ ...dataSourceOptions(process.argv[2], 'eventfold', 6), retryAttempts: 0 }),
      EventSourcingModule.forRoot({ projections: false }),
    ],
  },
  { logger: false, abortOnError: false },
);
const store = app.get(EventStore);
const ticked = { type: 'tally.ticked', data: {} };
const transaction = { isOpen: false };

async function appendBeside(streamId) {
  while (!transaction.isOpen) await store.head();
  return store.appendToStream(streamId, 'any', [ticked]).then(
    ({ verdict }) => verdict,
    ({ name }) => name,
  );
}

const besides = ['a', 'b', 'c'].map(appendBeside);
await app.get(DataSource).transaction(async (manager) => {
  await store.appendToStream('d', 'any', [ticked], { manager });
  transaction.isOpen = true;
  await sleep(LOCKED_MS);
});
console.log(JSON.stringify(await Promise.all(besides)));
await app.close();
