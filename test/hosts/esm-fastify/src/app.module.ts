import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { TypeOrmModule } from '@nestjs/typeorm';
import { EventSourcingModule } from 'nest-eventfold';
import { ContentPopularityModule } from 'nest-eventfold/content-popularity';
import { migrationsFor } from 'nest-eventfold/migrations';
import { UserProfileModule } from 'nest-eventfold/user-profile';
import { UsersModule } from 'nest-eventfold/users';
import { ViewingModule } from 'nest-eventfold/viewing';
import { CartsModule } from './carts.module.js';
import { dataSource } from './data-source.js';
import { ProductsModule } from './products.module.js';

/** Only friends reach the application. */
const access = { open: true };

@Module({
  imports: [
    TypeOrmModule.forRoot({
      ...dataSource,
      migrations: migrationsFor({ modules: ['user-profile', 'content-popularity'] }),
      migrationsRun: true,
    }),
    CqrsModule.forRoot(),
    ProductsModule,
    EventSourcingModule.forRoot(),
    UsersModule.forRoot(access),
    ViewingModule.forRoot(access),
    UserProfileModule.forRoot(access),
    ContentPopularityModule.forRoot(access),
    CartsModule,
  ],
})
export class AppModule {}
