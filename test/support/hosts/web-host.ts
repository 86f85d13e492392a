import {
  BadRequestException,
  Body,
  Controller,
  Get,
  type INestApplication,
  Logger,
  Module,
  type ModuleMetadata,
  Post,
} from '@nestjs/common';
import { type AbstractHttpAdapter, NestFactory } from '@nestjs/core';
import { CqrsModule } from '@nestjs/cqrs';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { TypeOrmModule, type TypeOrmModuleOptions } from '@nestjs/typeorm';
import { IsInt } from 'class-validator';
import { migrationsFor, MODULES_WITH_TABLES } from '../../../migrations/index.js';
import { type Send, senderTo } from './host-answers.js';
import type { TestDatabase } from '../test-database.js';

export const ADAPTERS: Record<string, () => AbstractHttpAdapter> = {
  Express: () => new ExpressAdapter(),
  Fastify: () => new FastifyAdapter(),
};

class CartBody {
  @IsInt() items: number;
}

/** Routes that the monolith had before. */
@Controller('carts')
export class CartsController {
  @Get()
  list() {
    return ['a cart'];
  }

  @Post()
  add(@Body() body: CartBody & { whatever?: string }) {
    return { added: body };
  }

  @Get('broken')
  broken() {
    throw new BadRequestException('no such cart');
  }
}

@Module({ controllers: [CartsController] })
class CartsModule {}

/** The data source of a monolith: its own schema, its own table of migrations, and ours among its migrations. */
export const hostDataSource = (
  { url }: TestDatabase,
  options: Partial<TypeOrmModuleOptions> = {},
): TypeOrmModuleOptions =>
  ({
    type: 'postgres',
    url,
    poolSize: 6,
    migrations: migrationsFor({ modules: MODULES_WITH_TABLES }),
    migrationsTableName: 'host_migrations',
    migrationsRun: true,
    retryAttempts: 0,
    installExtensions: false,
    // The user of the tests' server has the name of our schema, which PostgreSQL would then prefer.
    extra: { options: '-c search_path=public' },
    ...options,
  }) as TypeOrmModuleOptions;

export interface WebHost {
  app: INestApplication;
  send: Send;
}

export const hostModule = (
  dataSources: TypeOrmModuleOptions[],
  imports: NonNullable<ModuleMetadata['imports']>,
  others: Pick<ModuleMetadata, 'providers' | 'controllers'> = {},
) => ({
  module: class MonolithModule {},
  imports: [
    ...dataSources.map((each) => TypeOrmModule.forRoot(each)),
    CqrsModule.forRoot(),
    CartsModule,
    ...imports,
  ],
  ...others,
});

/** Starts a monolith that listens. `configure` does the work of its `main.ts`. */
export async function startWebHost(
  adapter: string,
  module: ReturnType<typeof hostModule>,
  configure: (app: INestApplication) => void = () => undefined,
): Promise<WebHost> {
  Logger.overrideLogger(false);
  const app = await NestFactory.create(module, ADAPTERS[adapter]!(), {
    logger: false,
    abortOnError: false,
  });
  configure(app);
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as { port: number };
  return {
    app,
    send: senderTo(`http://127.0.0.1:${port}`),
  };
}
