// The application before the import.

import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { dataSource } from './data-source';
import { ProductsModule } from './products.module';
import { serve } from './serve';

@Module({ imports: [TypeOrmModule.forRoot(dataSource), ProductsModule] })
class AppModule {}

void serve(AppModule);
