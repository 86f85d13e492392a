// The application before the import.

import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { dataSource } from './data-source.js';
import { ProductsModule } from './products.module.js';
import { serve } from './serve.js';

@Module({ imports: [TypeOrmModule.forRoot(dataSource), ProductsModule] })
class AppModule {}

await serve(AppModule);
