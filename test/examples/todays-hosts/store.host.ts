/**
 * Fastify, a bootstrap of its own: plugins make the module, the data source is opened before Nest is, each request runs
 * in a transaction, and one guard, one interceptor and one filter of the application are for all routes.
 */
import {
  type ArgumentsHost,
  type CallHandler,
  type CanActivate,
  Catch,
  Controller,
  type DynamicModule,
  type ExceptionFilter,
  type ExecutionContext,
  Get,
  HttpException,
  type INestApplication,
  Injectable,
  type LoggerService,
  Logger,
  type NestInterceptor,
  Param,
  Post,
  type Type,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, HttpAdapterHost } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AsyncLocalStorage } from 'node:async_hooks';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { Column, DataSource, Entity, type EntityManager, PrimaryColumn } from 'typeorm';
import { migrationsFor } from '../../../migrations/index.js';
import { connectionOf, type HostOfToday, type HostParts } from './host.js';

@Entity('products')
class Product {
  @PrimaryColumn('text') sku: string;
  @Column('integer') stock: number;
}

interface Plugin {
  entities: Type[];
  controllers: Type[];
}

/** The manager of the transaction in which a request runs. */
const running = new AsyncLocalStorage<EntityManager>();

@Controller('products')
class ProductsController {
  @Get(':sku')
  get(@Param('sku') sku: string): Promise<Product | null> {
    return running.getStore()!.findOneBy(Product, { sku });
  }

  @Post(':sku')
  async add(@Param('sku') sku: string): Promise<Product> {
    const product = await running.getStore()!.save(Product, { sku, stock: 1 });
    new Logger('Products').log(`added ${sku}`);
    if (sku === 'refused') throw new HttpException({ code: 'refused' }, 418);
    return product;
  }
}

const products: Plugin = { entities: [Product], controllers: [ProductsController] };

@Injectable()
class TransactionOfRequest implements NestInterceptor {
  constructor(private readonly dataSource: DataSource) {}

  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    const work = (manager: EntityManager) => running.run(manager, () => lastValueFrom(next.handle()));
    return from(this.dataSource.transaction(work));
  }
}

/** Admits every request except one with a stolen token. */
@Injectable()
class TokenGuard implements CanActivate {
  canActivate(execution: ExecutionContext): boolean {
    return execution.switchToHttp().getRequest().headers.authorization !== 'Bearer stolen';
  }
}

@Catch()
@Injectable()
class ErrorsOfStore implements ExceptionFilter {
  constructor(private readonly adapterHost: HttpAdapterHost) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const status = error instanceof HttpException ? error.getStatus() : 500;
    const body = { errors: [{ message: String(error) }] };
    this.adapterHost.httpAdapter.reply(host.switchToHttp().getResponse(), body, status);
  }
}

/** Lines in the form that the store has always had. */
class StoreLogger implements LoggerService {
  constructor(private readonly write: (line: string) => void) {}

  log = (message: unknown, context?: string) => this.line('info', message, context);
  warn = (message: unknown, context?: string) => this.line('warn', message, context);
  error = (message: unknown, _stack?: string, context?: string) => this.line('error', message, context);

  private line(level: string, message: unknown, context = 'Store'): void {
    this.write(JSON.stringify({ level, context, message: String(message) }));
  }
}

async function moduleOf(plugins: Plugin[], parts: HostParts): Promise<DynamicModule> {
  const hasEventfold = parts.imports.length > 0;
  const dataSource = new DataSource({
    ...connectionOf(parts),
    entities: plugins.flatMap(({ entities }) => entities),
    synchronize: true,
    migrations: hasEventfold ? migrationsFor({ modules: ['user-profile'] }) : [],
    migrationsRun: true,
  });
  await dataSource.initialize();
  return {
    module: class StoreHostModule {},
    imports: [
      TypeOrmModule.forRootAsync({
        useFactory: () => dataSource.options,
        dataSourceFactory: async () => dataSource,
      }),
      ...parts.imports,
    ],
    controllers: plugins.flatMap(({ controllers }) => controllers),
    providers: [
      { provide: APP_GUARD, useClass: TokenGuard },
      { provide: APP_INTERCEPTOR, useClass: TransactionOfRequest },
      { provide: APP_FILTER, useClass: ErrorsOfStore },
    ],
  };
}

export const storeHost: HostOfToday = {
  adapter: 'fastify',
  module: (parts) => moduleOf([products], parts),
  configure(app: INestApplication, { log }: HostParts): void {
    app.useLogger(new StoreLogger(log));
    app.enableCors({ origin: ['https://store.example.org'], exposedHeaders: ['store-token'] });
  },
  currentTransaction: () => running.getStore(),
};
