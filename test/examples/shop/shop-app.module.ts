import { type DynamicModule, Module, ValidationPipe } from '@nestjs/common';
import { APP_PIPE } from '@nestjs/core';
import { CqrsModule } from '@nestjs/cqrs';
import { TypeOrmModule } from '@nestjs/typeorm';
import { migrationsFor } from '../../../migrations/index.js';
import { EventSourcingModule } from '../../../src/event-sourcing/index.js';
import { CustomerTotals1770000000000, Stock1700000000000 } from './shop.migrations.js';
import { ShopModule } from './shop.module.js';

export interface ShopOptions {
  /** The URL of the database. */
  url: string;
  warehouseUrl: string;
}

@Module({})
export class ShopAppModule {
  static forRoot({ url, warehouseUrl }: ShopOptions): DynamicModule {
    return {
      module: ShopAppModule,
      imports: [
        TypeOrmModule.forRoot({
          type: 'postgres',
          url,
          autoLoadEntities: true,
          migrations: [Stock1700000000000, ...migrationsFor('shop_events'), CustomerTotals1770000000000],
          migrationsRun: true,
          installExtensions: false,
        }),
        CqrsModule.forRoot(),
        EventSourcingModule.forRoot({ schema: 'shop_events' }),
        ShopModule.forRoot(warehouseUrl),
      ],
      providers: [{ provide: APP_PIPE, useValue: new ValidationPipe({ whitelist: true }) }],
    };
  }
}
