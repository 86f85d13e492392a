import { type DynamicModule, Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { TypeOrmModule } from '@nestjs/typeorm';
import { migrations } from '../../../migrations/index.js';
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
          schema: 'eventfold',
          autoLoadEntities: true,
          migrations: [...migrations, MemberLoans1770000000001],
          migrationsTableName: 'migrations',
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
