import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { EventSourcingModule } from 'nest-eventfold';
import { ContentPopularityModule } from 'nest-eventfold/content-popularity';
import { migrationsFor } from 'nest-eventfold/migrations';
import { UserProfileModule } from 'nest-eventfold/user-profile';
import { UsersModule } from 'nest-eventfold/users';
import { ViewingModule } from 'nest-eventfold/viewing';
import { CartsModule } from './carts.module.js';
import { dataSource, SHOP } from './data-source.js';
import { ShopModule } from './shop.module.js';

const schema = 'shop_events';

/** The application's own guard admits only its staff. */
const access = { open: true };

@Module({
  imports: [
    TypeOrmModule.forRoot({
      ...dataSource,
      migrations: migrationsFor({ schema, modules: ['user-profile', 'content-popularity'] }),
      migrationsRun: true,
    }),
    ShopModule,
    EventSourcingModule.forRoot({ dataSource: SHOP, schema }),
    UsersModule.forRoot(access),
    ViewingModule.forRoot(access),
    UserProfileModule.forRoot(access),
    ContentPopularityModule.forRoot(access),
    CartsModule,
  ],
})
export class AppModule {}
