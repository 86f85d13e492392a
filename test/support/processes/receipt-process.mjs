/**
 * A process with one reaction, which appends a receipt for each event through its turn: exactly once, however often the
 * process is killed.
 */

import { Inject, Logger, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CqrsModule, EventsHandler } from '@nestjs/cqrs';
import { TypeOrmModule } from '@nestjs/typeorm';
import { dataSourceOptions } from '../../../dist/src/service/database/data-source-options.js';
import {
  CurrentTurn,
  DomainEvent,
  EventSourcingModule,
  Reaction,
} from '../../../dist/src/event-sourcing/index.js';

const { url, reaction } = JSON.parse(process.argv[2]);

class Ticked extends DomainEvent {
  static type = 'tally.ticked';
  type = Ticked.type;
}
class Receipted extends DomainEvent {
  static type = 'tally.receipted';
  type = Receipted.type;
}

class Receipts {
  constructor(turn) {
    this.turn = turn;
  }

  async handle({ eventId }) {
    await this.turn.appendToStream('receipts', 'any', [new Receipted({ of: eventId })]);
    process.send('handled');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
Reaction({ name: 'receipts', startsAt: 'beginning', ...reaction })(Receipts);
EventsHandler(Ticked)(Receipts);
Inject(CurrentTurn)(Receipts, undefined, 0);

class ReceiptModule {}
Module({
  imports: [
    TypeOrmModule.forRoot({ ...dataSourceOptions(url, 'eventfold', 4), retryAttempts: 0 }),
    CqrsModule.forRoot(),
    EventSourcingModule.forRoot({ turns: { pollIntervalMs: 50 } }),
    EventSourcingModule.forFeature({ events: [Ticked, Receipted] }),
  ],
  providers: [Receipts],
})(ReceiptModule);

// The process must never outlive the test.
process.on('disconnect', () => process.exit(1));
Logger.overrideLogger(false);
await NestFactory.createApplicationContext(ReceiptModule, { logger: false, abortOnError: false });
