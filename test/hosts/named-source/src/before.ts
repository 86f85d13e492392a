// The application before the import.

import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { dataSource } from './data-source.js';
import { serve } from './serve.js';
import { ShopModule } from './shop.module.js';

@Module({ imports: [TypeOrmModule.forRoot(dataSource), ShopModule] })
class AppModule {}

await serve(AppModule);
