import { type DynamicModule, Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { TypeOrmModule } from '@nestjs/typeorm';
import { migrationsFor } from '../../../migrations/index.js';
import { EventSourcingModule } from '../../../src/event-sourcing/index.js';
import { LibraryModule, MemberLoansModule } from './library.module.js';
import { MemberLoans1770000000001 } from './member-loans.migration.js';

@Module({})
export class LibraryAppModule {
  static forRoot(url: string): DynamicModule {
    return {
      module: LibraryAppModule,
      imports: [
        TypeOrmModule.forRoot({
          type: 'postgres',
          url,
          migrations: [...migrationsFor('eventfold'), MemberLoans1770000000001],
          migrationsRun: true,
        }),
        CqrsModule.forRoot(),
        EventSourcingModule.forRoot({ schema: 'eventfold' }),
        LibraryModule,
        MemberLoansModule,
      ],
    };
  }
}
