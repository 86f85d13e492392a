/**
 * Fastify, two data sources, the logger of nestjs-pino for all lines, jobs of @nestjs/schedule, and the document of
 * @nestjs/swagger.
 */
import {
  Body,
  Controller,
  Get,
  HttpException,
  type INestApplication,
  Logger,
  Module,
  Post,
} from '@nestjs/common';
import { Cron } from '@nestjs/schedule';
import { ScheduleModule } from '@nestjs/schedule';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { InjectRepository, TypeOrmModule } from '@nestjs/typeorm';
import { Logger as PinoLogger, LoggerModule } from 'nestjs-pino';
import { Column, Entity, PrimaryGeneratedColumn, Repository } from 'typeorm';
import { migrationsFor } from '../../../migrations/index.js';
import { connectionOf, type HostOfToday, type HostParts } from './host.js';

@Entity('collections')
class Collection {
  @PrimaryGeneratedColumn() id: number;
  @Column('text') title: string;
}

/** An entity of the other data source. */
@Entity('visits')
class Visit {
  @PrimaryGeneratedColumn() id: number;
  @Column('text') path: string;
}

@Controller('collections')
class CollectionsController {
  private readonly logger = new Logger('Collections');

  constructor(
    @InjectRepository(Collection) private readonly collections: Repository<Collection>,
    @InjectRepository(Visit, 'visits') private readonly visits: Repository<Visit>,
  ) {}

  @Get()
  async list() {
    await this.visits.insert({ path: '/collections' });
    return { collections: await this.collections.find(), visits: await this.visits.count() };
  }

  @Post()
  async add(@Body() { title }: { title?: string }) {
    if (title === undefined) throw new HttpException('A collection has a title.', 406);
    this.logger.log({ title, msg: 'added' });
    return this.collections.save({ title });
  }

  @Get('broken')
  broken() {
    throw new Error('The disk is full.');
  }
}

class CleanUp {
  static readonly NAME = 'clean up';
  private readonly logger = new Logger('CleanUp');

  @Cron('0 0 4 * * *', { name: CleanUp.NAME })
  run(): void {
    this.logger.log('Nothing to clean up.');
  }
}

@Module({
  imports: [TypeOrmModule.forFeature([Collection]), TypeOrmModule.forFeature([Visit], 'visits')],
  controllers: [CollectionsController],
  providers: [CleanUp],
})
class MediaModule {}

export const mediaHost: HostOfToday = {
  adapter: 'fastify',

  module: (parts: HostParts) => ({
    module: class MediaHostModule {},
    imports: [
      LoggerModule.forRoot({ pinoHttp: [{}, { write: parts.log }] }),
      TypeOrmModule.forRoot({
        ...connectionOf(parts),
        entities: [Collection],
        synchronize: true,
        migrations: parts.imports.length > 0 ? migrationsFor({ modules: ['user-profile'] }) : [],
        migrationsRun: true,
      }),
      TypeOrmModule.forRoot({ ...connectionOf(parts), name: 'visits', entities: [Visit], synchronize: true }),
      ScheduleModule.forRoot(),
      MediaModule,
      ...parts.imports,
    ],
  }),

  configure(app: INestApplication): void {
    app.useLogger(app.get(PinoLogger));
    app.setGlobalPrefix('media');
    app.enableCors({ origin: true });
    const document = SwaggerModule.createDocument(app, new DocumentBuilder().setTitle('Media').build(), {
      include: [MediaModule],
    });
    SwaggerModule.setup('docs', app, document, { ui: false });
  },
};
