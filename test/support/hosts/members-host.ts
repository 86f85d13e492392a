import { type DynamicModule, type INestApplicationContext, Logger, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CqrsModule, EventsHandler } from '@nestjs/cqrs';
import { TypeOrmModule } from '@nestjs/typeorm';
import { randomBytes } from 'node:crypto';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import {
  AggregateRoot,
  DomainEvent,
  EventSourcedRepository,
  EventSourcingModule,
  type EventSourcingOptions,
  EventStore,
  type Evolve,
  getAggregatesToken,
  InjectRows,
  Personal,
  personal,
  Projection,
  ProjectionProgress,
  type Recorded,
  Rows,
  touches,
} from '../../../src/event-sourcing/index.js';
import { dataSourceOptions } from '../../../src/service/database/data-source-options.js';
import type { TestDatabase } from '../test-database.js';

interface JoinedData {
  memberId: string;
  name: string;
  email?: string;
  club: string;
}

/** A member has joined a club: name and address are personal. */
export class MemberJoined extends DomainEvent<'member.joined', JoinedData> {
  static readonly type = 'member.joined';
  static override readonly personal = personal<JoinedData>({
    subject: 'memberId',
    fields: { name: 'erased', email: () => null },
  });
  readonly type = MemberJoined.type;
}

interface VouchedData {
  memberId: string;
  remark: { text: string };
  byId: string;
  byName: string;
}

/** One member vouches for another: each field is about one of them. */
export class MemberVouched extends DomainEvent<'member.vouched', VouchedData> {
  static readonly type = 'member.vouched';
  static override readonly personal = personal<VouchedData>([
    { subject: 'memberId', fields: { remark: null } },
    { subject: 'byId', fields: { byName: 'erased' } },
  ]);
  readonly type = MemberVouched.type;
}

/** Nothing personal. */
export class MemberVisited extends DomainEvent<'member.visited', { memberId: string }> {
  static readonly type = 'member.visited';
  readonly type = MemberVisited.type;
}

type MemberEvent = MemberJoined | MemberVouched | MemberVisited;

export class Member extends AggregateRoot<
  { name: string; email: string | null; visits: number },
  MemberEvent
> {
  static readonly stream = 'member';
  static readonly events = [MemberJoined, MemberVouched, MemberVisited] as const;

  protected readonly initialState = { name: '', email: null, visits: 0 };

  static join(id: string, name: string, email?: string): Member {
    const member = new Member(id);
    member.raise(
      new MemberJoined({ memberId: id, name, club: 'chess', ...(email !== undefined && { email }) }),
    );
    return member;
  }

  visit(): void {
    this.raise(new MemberVisited({ memberId: this.id }));
  }

  protected readonly evolve: Evolve<{ name: string; email: string | null; visits: number }, MemberEvent> = {
    'member.joined': (state, { data }) => ({ ...state, name: data.name, email: data.email ?? null }),
    'member.vouched': (state) => state,
    'member.visited': (state) => ({ ...state, visits: state.visits + 1 }),
  };
}

@Entity('members')
export class MemberRow {
  @PrimaryColumn('text') id: string;
  @Personal('id') @Column('text') name: string;
  @Personal('id') @Column('text', { nullable: true }) email: string | null;
}

@Projection({
  name: 'members',
  revision: 1,
  rows: [touches(MemberRow, (event: Recorded<MemberJoined>) => ({ id: event.data.memberId }))],
})
@EventsHandler(MemberJoined)
class MembersProjection {
  constructor(@InjectRows(MemberRow) private readonly members: Rows<MemberRow>) {}

  handle({ data }: Recorded<MemberJoined>): void {
    this.members.put({ id: data.memberId, name: data.name, email: data.email ?? null });
  }
}

export const createMembers = (database: TestDatabase) =>
  database.query('create table eventfold.members (id text primary key, name text not null, email text)');

export const masterKey = (number: number) => ({ number, key: randomBytes(32) });

export interface MembersHostOptions extends EventSourcingOptions {
  poolSize?: number;
  /** Further modules of the application. */
  imports?: DynamicModule[];
}

export interface MembersHost {
  app: INestApplicationContext;
  store: EventStore;
  members: EventSourcedRepository<Member>;
  folded(position: number): Promise<void>;
  stop(): Promise<void>;
}

/** A small host with personal fields. */
export async function startMembersHost(
  database: TestDatabase,
  options: MembersHostOptions = {},
): Promise<MembersHost> {
  Logger.overrideLogger(false);
  const app = await NestFactory.createApplicationContext(membersModule(database.url, options), {
    logger: false,
    abortOnError: false,
  });
  return {
    app,
    store: app.get(EventStore),
    members: app.get(getAggregatesToken(Member)),
    folded: (position) => app.get(ProjectionProgress).waitFor('members', position),
    stop: () => app.close(),
  };
}

function membersModule(
  url: string,
  { poolSize = 6, imports = [], ...options }: MembersHostOptions,
): DynamicModule {
  return {
    module: MembersModule,
    imports: [
      TypeOrmModule.forRoot({
        ...dataSourceOptions(url, 'eventfold', poolSize),
        entities: [MemberRow],
        retryAttempts: 0,
      }),
      CqrsModule.forRoot(),
      EventSourcingModule.forRoot({ readAfterTimeoutMs: 60_000, ...options }),
      EventSourcingModule.forFeature({ aggregates: [Member], rows: [MemberRow] }),
      ...imports,
    ],
    providers: [MembersProjection],
  };
}

@Module({})
class MembersModule {}
