import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { CqrsModule } from '@nestjs/cqrs';
import { ProductsModule } from './products.module.js';
import { StaffGuard } from './staff.guard.js';

/** All modules of the application itself, without its data source. */
@Module({
  imports: [CqrsModule.forRoot({ rethrowUnhandled: true }), ProductsModule],
  providers: [{ provide: APP_GUARD, useClass: StaffGuard }],
})
export class ShopModule {}
