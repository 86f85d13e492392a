/**
 * One host of test/rolling-upgrade, in one of two builds. The older one posts parcels and delivers them. The newer one
 * stores their weight in grams (version 2 of `parcel.posted`) and knows a new event, `parcel.returned`. It counts that
 * event in a read model of a new revision, and reacts to it. The host follows the parent's commands one by one.
 */

import { Logger, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CqrsModule, EventsHandler } from '@nestjs/cqrs';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Column, DataSource, Entity, PrimaryColumn } from 'typeorm';
import { dataSourceOptions } from '../../../dist/src/service/database/data-source-options.js';
import {
  AggregateRoot,
  DomainEvent,
  EventfoldError,
  EventSourcedRepository,
  EventSourcingModule,
  InjectRows,
  Projection,
  Projections,
  Reaction,
} from '../../../dist/src/event-sourcing/index.js';

const { url, build, projections } = JSON.parse(process.argv[2]);
const isNew = build === 'new';

class ParcelPosted extends DomainEvent {
  static type = 'parcel.posted';
  static schemaVersion = isNew ? 2 : 1;
  static upcasters = isNew ? { 1: ({ kilos, ...data }) => ({ ...data, grams: kilos * 1_000 }) } : {};
  type = ParcelPosted.type;
}

class ParcelDelivered extends DomainEvent {
  static type = 'parcel.delivered';
  type = ParcelDelivered.type;
}

class ParcelReturned extends DomainEvent {
  static type = 'parcel.returned';
  type = ParcelReturned.type;
}

const EVENTS = [ParcelPosted, ParcelDelivered, ...(isNew ? [ParcelReturned] : [])];

class Refused extends EventfoldError {
  kind = 'refused';
  code = 'parcel.refused';
}

class Parcel extends AggregateRoot {
  static stream = 'parcel';
  static events = EVENTS;
  static snapshotRevision = isNew ? 2 : 1;
  initialState = { town: '', attempts: 0, ...(isNew && { isBack: false }) };
  evolve = {
    'parcel.posted': (state, { data }) => ({ ...state, town: data.town }),
    'parcel.delivered': (state) => ({ ...state, attempts: state.attempts + 1 }),
    ...(isNew && { 'parcel.returned': (state) => ({ ...state, isBack: true }) }),
  };

  post(town, kilos) {
    this.raise(new ParcelPosted({ town, ...(isNew ? { grams: kilos * 1_000 } : { kilos }) }));
    return this;
  }

  /** Sends again and again, until a host answers. */
  deliver() {
    if (this.state.isBack) throw new Refused(`Parcel ${this.id} went back.`);
    this.raise(new ParcelDelivered({ town: this.state.town }));
  }

  sendBack() {
    this.raise(new ParcelReturned({ town: this.state.town }));
  }
}

class Parcels extends EventSourcedRepository {
  aggregateClass = Parcel;

  notFound(id) {
    throw new Refused(`There is no parcel ${id}.`);
  }
}

/** The newer build has a new revision of it. */
class Town {}
Entity('towns')(Town);
PrimaryColumn('text')(Town.prototype, 'town');
for (const column of ['posted', 'delivered', ...(isNew ? ['returned', 'grams'] : [])]) {
  Column('integer')(Town.prototype, column);
}

class TownsProjection {
  constructor(rows) {
    this.rows = rows;
  }

  handle({ type, data: { town, grams } }) {
    const row = this.rows.find({ town }) ?? {
      town,
      posted: 0,
      delivered: 0,
      ...(isNew && { returned: 0, grams: 0 }),
    };
    row[type.slice('parcel.'.length)]++;
    if (isNew) row.grams += grams ?? 0;
    this.rows.put(row);
  }
}
InjectRows(Town)(TownsProjection, undefined, 0);
EventsHandler(...EVENTS)(TownsProjection);
Projection({
  name: 'towns',
  revision: isNew ? 2 : 1,
  rows: [{ entity: Town, key: ({ data: { town } }) => ({ town }) }],
})(TownsProjection);

/** Both builds have the same revision of it, and take turns at it. */
class Trail {}
Entity('trails')(Trail);
PrimaryColumn('text')(Trail.prototype, 'stream');
Column('integer', { array: true })(Trail.prototype, 'versions');

class TrailsProjection {
  constructor(rows) {
    this.rows = rows;
  }

  handle({ streamId: stream, version }) {
    const { versions } = this.rows.find({ stream }) ?? { versions: [] };
    this.rows.put({ stream, versions: [...versions, version] });
  }
}
InjectRows(Trail)(TrailsProjection, undefined, 0);
EventsHandler(ParcelPosted, ParcelDelivered)(TrailsProjection);
Projection({
  name: 'trails',
  revision: 1,
  rows: [{ entity: Trail, key: ({ streamId: stream }) => ({ stream }) }],
})(TrailsProjection);

/** Writes outside of the turn, like a call to another service. */
class Letters {
  constructor(dataSource) {
    this.dataSource = dataSource;
  }

  async handle({ eventId }) {
    await this.dataSource.query('insert into letters (event_id, build) values ($1, $2)', [eventId, build]);
  }
}
Reflect.defineMetadata('design:paramtypes', [DataSource], Letters);
EventsHandler(...EVENTS)(Letters);
Reaction({ name: 'letters', revision: isNew ? 2 : 1, startsAt: 'beginning' })(Letters);

class UpgradeModule {}
Module({
  imports: [
    TypeOrmModule.forRoot({
      ...dataSourceOptions(url, 'eventfold', 6),
      entities: [Town, Trail],
      retryAttempts: 0,
    }),
    CqrsModule.forRoot(),
    EventSourcingModule.forRoot({ projections, snapshots: { every: 4 }, turns: { pollIntervalMs: 50 } }),
    EventSourcingModule.forFeature({ events: EVENTS, rows: [Town, Trail] }),
  ],
  providers: [Parcels, TownsProjection, TrailsProjection, Letters],
})(UpgradeModule);

// The process must never outlive the test.
process.on('disconnect', () => process.exit(1));
Logger.overrideLogger(false);
const app = await NestFactory.createApplicationContext(UpgradeModule, { logger: false, abortOnError: false });
const parcels = app.get(Parcels);

const acts = {
  post: ({ parcel, town, kilos }) => parcels.create(new Parcel(parcel).post(town, kilos)),
  deliver: ({ parcel }) => parcels.update(parcel, (each) => each.deliver()),
  sendBack: ({ parcel }) => parcels.update(parcel, (each) => each.sendBack()),
  /** This process's own status of a projection. */
  status: ({ name }) => app.get(Projections).running.find(({ folding }) => folding.name === name).status,
};

async function answer({ id, act, ...order }) {
  try {
    const { version, status, failure } = await acts[act](order);
    process.send({ id, version, status, failure });
  } catch (error) {
    process.send({
      id,
      error: { name: error.name, kind: error.kind, code: error.code, message: String(error) },
    });
  }
}

process.on('message', (order) => void answer(order));
process.send('ready');
