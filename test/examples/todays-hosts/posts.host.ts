/**
 * Express, methods that are transactions (`typeorm-transactional`), names in snake case, an id of each request in
 * nestjs-cls, a limit of requests, filters for two kinds of errors, and the health of terminus.
 */
import {
  type ArgumentsHost,
  Body,
  type CallHandler,
  Catch,
  ClassSerializerInterceptor,
  Controller,
  type ExceptionFilter,
  type ExecutionContext,
  Get,
  HttpStatus,
  type INestApplication,
  Injectable,
  Module,
  type NestInterceptor,
  Post,
  UnprocessableEntityException,
  ValidationPipe,
  VersioningType,
} from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR, HttpAdapterHost, Reflector } from '@nestjs/core';
import { HealthCheck, HealthCheckService, TerminusModule, TypeOrmHealthIndicator } from '@nestjs/terminus';
import { ThrottlerGuard, ThrottlerModule } from '@nestjs/throttler';
import { InjectRepository, TypeOrmModule } from '@nestjs/typeorm';
import { IsString, Length } from 'class-validator';
import { ClsModule, ClsService } from 'nestjs-cls';
import {
  Column,
  DataSource,
  type DataSourceOptions,
  Entity,
  PrimaryGeneratedColumn,
  QueryFailedError,
  Repository,
} from 'typeorm';
import {
  addTransactionalDataSource,
  deleteDataSourceByName,
  getDataSourceByName,
  initializeTransactionalContext,
  StorageDriver,
  Transactional,
} from 'typeorm-transactional';
import { migrationsFor } from '../../../migrations/index.js';
import { connectionOf, type HostOfToday, type HostParts } from './host.js';
import { SnakeNames } from './snake-names.js';

@Entity()
class BlogPost {
  @PrimaryGeneratedColumn() id: number;
  @Column('text', { unique: true }) shortTitle: string;
}

class PostBody {
  @IsString() @Length(1, 20) shortTitle: string;
}

@Controller({ path: 'posts', version: '1' })
class PostsController {
  constructor(@InjectRepository(BlogPost) private readonly posts: Repository<BlogPost>) {}

  @Get()
  list(): Promise<BlogPost[]> {
    return this.posts.find({ order: { id: 'asc' } });
  }

  @Post()
  @Transactional()
  async add(@Body() { shortTitle }: PostBody): Promise<BlogPost> {
    return this.posts.save({ shortTitle });
  }

  /** The first of the two is rolled back with the second. */
  @Post('pairs')
  @Transactional()
  async addTwice(@Body() { shortTitle }: PostBody): Promise<BlogPost[]> {
    await this.posts.insert({ shortTitle });
    return [await this.posts.save({ shortTitle })];
  }
}

@Controller('health')
class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly database: TypeOrmHealthIndicator,
  ) {}

  @Get()
  @HealthCheck()
  check() {
    return this.health.check([() => this.database.pingCheck('database')]);
  }
}

/** The load balancer gives the id of a request. The answer has it, too. */
@Injectable()
class RequestIdInterceptor implements NestInterceptor {
  constructor(
    private readonly cls: ClsService,
    private readonly adapterHost: HttpAdapterHost,
  ) {}

  intercept(execution: ExecutionContext, next: CallHandler) {
    const response = execution.switchToHttp().getResponse();
    this.adapterHost.httpAdapter.setHeader(response, 'X-Request-Id', this.cls.getId());
    return next.handle();
  }
}

abstract class FilterOfErrors {
  constructor(private readonly app: INestApplication) {}

  protected answer(host: ArgumentsHost, status: number, body: object): void {
    this.app.getHttpAdapter().reply(host.switchToHttp().getResponse(), body, status);
  }
}

@Catch(UnprocessableEntityException)
class InvalidBodies extends FilterOfErrors implements ExceptionFilter {
  catch(error: UnprocessableEntityException, host: ArgumentsHost): void {
    this.answer(host, error.getStatus(), error.getResponse() as object);
  }
}

@Catch(QueryFailedError)
class FailedQueries extends FilterOfErrors implements ExceptionFilter {
  catch({ driverError }: QueryFailedError, host: ArgumentsHost): void {
    const { code } = driverError as { code?: string };
    this.answer(host, code === '23505' ? 409 : 500, { error: code === '23505' ? 'taken' : 'unknown' });
  }
}

@Module({
  imports: [TypeOrmModule.forFeature([BlogPost]), TerminusModule],
  controllers: [PostsController, HealthController],
  providers: [
    { provide: APP_GUARD, useClass: ThrottlerGuard },
    { provide: APP_INTERCEPTOR, useClass: RequestIdInterceptor },
  ],
})
class PostsModule {}

export const postsHost: HostOfToday = {
  adapter: 'express',

  prepare() {
    initializeTransactionalContext({ storageDriver: StorageDriver.ASYNC_LOCAL_STORAGE });
    return () => deleteDataSourceByName('default');
  },

  module: (parts: HostParts) => ({
    module: class PostsHostModule {},
    imports: [
      TypeOrmModule.forRootAsync({
        useFactory: () => ({
          ...connectionOf(parts),
          autoLoadEntities: true,
          synchronize: true,
          namingStrategy: new SnakeNames(),
          migrations: parts.imports.length > 0 ? migrationsFor({ modules: ['user-profile'] }) : [],
          migrationsRun: true,
        }),
        dataSourceFactory: async (options) =>
          addTransactionalDataSource(new DataSource(options as DataSourceOptions)),
      }),
      ThrottlerModule.forRoot([{ ttl: 600_000, limit: 5 }]),
      ClsModule.forRoot({
        global: true,
        middleware: {
          mount: true,
          generateId: true,
          idGenerator: (request: { headers: Record<string, string> }) =>
            request.headers['x-request-id'] ?? 'none',
        },
      }),
      PostsModule,
      ...parts.imports,
    ],
  }),

  configure(app: INestApplication): void {
    app.enableVersioning({ type: VersioningType.URI });
    app.useGlobalFilters(new InvalidBodies(app), new FailedQueries(app));
    app.useGlobalInterceptors(new ClassSerializerInterceptor(app.get(Reflector)));
    app.useGlobalPipes(
      new ValidationPipe({
        whitelist: true,
        forbidNonWhitelisted: true,
        transform: true,
        dismissDefaultMessages: true,
        errorHttpStatusCode: HttpStatus.UNPROCESSABLE_ENTITY,
        exceptionFactory: (errors) => new UnprocessableEntityException(errors),
      }),
    );
  },

  currentTransaction: () => getDataSourceByName('default')?.manager,
};
