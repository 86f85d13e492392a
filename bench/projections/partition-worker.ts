import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CqrsModule, EventsHandler } from '@nestjs/cqrs';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { dataSourceOptions } from '../../src/service/database/data-source-options.js';
import {
  EventSourcingModule,
  InjectRows,
  Projection,
  type Recorded,
  Rows,
  touches,
} from '../../src/event-sourcing/index.js';
import { ContentRated, ContentWatched } from '../../src/viewing/viewing.events.js';

// A process that only folds one read model, in so many partitions.

const { DATABASE_URL, PARTITIONS } = process.env;
const partitions = Number(PARTITIONS);

@Entity(`tallies_of_${partitions}`)
class Tally {
  @PrimaryColumn('uuid', { name: 'user_id' }) userId: string;
  @Column('integer') events: number;
  @Column('double precision', { name: 'watch_time' }) watchTime: number;
  @Column('integer', { name: 'last_position' }) lastPosition: number;
}

type TallyEvent = ContentWatched | ContentRated;

@Projection({
  name: `tally-${partitions}`,
  revision: 1,
  key: 'userId',
  partitions,
  rows: [touches(Tally, (event: Recorded<TallyEvent>) => ({ userId: event.data.userId }))],
})
@EventsHandler(ContentWatched, ContentRated)
class TallyProjection {
  constructor(@InjectRows(Tally) private readonly tallies: Rows<Tally>) {}

  handle(event: Recorded<TallyEvent>): void {
    const { userId } = event.data;
    const tally = this.tallies.find({ userId }) ?? { userId, events: 0, watchTime: 0, lastPosition: 0 };
    if (event.position <= tally.lastPosition)
      throw new Error(`${event.position} came after ${tally.lastPosition}`);
    this.tallies.put({
      userId,
      events: tally.events + 1,
      watchTime: tally.watchTime + (event.type === 'content.watched' ? event.data.watchDurationSeconds : 0),
      lastPosition: event.position,
    });
  }
}

@Module({
  imports: [
    TypeOrmModule.forRoot({ ...dataSourceOptions(DATABASE_URL!, 'eventfold', 6), entities: [Tally] }),
    CqrsModule.forRoot(),
    EventSourcingModule.forRoot(),
    EventSourcingModule.forFeature({ events: [ContentWatched, ContentRated], rows: [Tally] }),
  ],
  providers: [TallyProjection],
})
class WorkerModule {}

const app = await NestFactory.createApplicationContext(WorkerModule, { logger: ['error', 'warn'] });
app.enableShutdownHooks();
console.log('Ready to fold');
