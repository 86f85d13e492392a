/**
 * Express, `api` before each path and a version in it, values that are converted and checked with a format of its own,
 * answers without secrets, and a data source that a factory makes.
 */
import {
  Body,
  ClassSerializerInterceptor,
  Controller,
  Get,
  HttpException,
  HttpStatus,
  type INestApplication,
  Module,
  NotFoundException,
  Param,
  ParseIntPipe,
  Post,
  SerializeOptions,
  ValidationPipe,
  VersioningType,
  type ValidationError,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { InjectRepository, TypeOrmModule } from '@nestjs/typeorm';
import { Exclude, Expose, Type } from 'class-transformer';
import { IsEmail, IsInt, Max, ValidateNested } from 'class-validator';
import {
  Column,
  DataSource,
  type DataSourceOptions,
  Entity,
  PrimaryGeneratedColumn,
  Repository,
} from 'typeorm';
import { migrationsFor } from '../../../migrations/index.js';
import { connectionOf, type HostOfToday, type HostParts } from './host.js';

@Entity('people')
class Person {
  @PrimaryGeneratedColumn() id: number;
  @Column('text') email: string;
  @Exclude() @Column('text') secret: string;
  @Expose({ groups: ['staff'] }) @Column('integer') born: number;
}

class PlaceBody {
  @IsInt() floor: number;
}

class PersonBody {
  @IsEmail() email: string;
  @Type(() => Number) @IsInt() @Max(2026) born: number;
  @ValidateNested() @Type(() => PlaceBody) place: PlaceBody;
}

@Controller({ path: 'people', version: '1' })
class PeopleController {
  constructor(@InjectRepository(Person) private readonly people: Repository<Person>) {}

  @Get()
  list(): Promise<Person[]> {
    return this.people.find({ order: { id: 'asc' } });
  }

  @Get(':id')
  @SerializeOptions({ groups: ['staff'] })
  async get(@Param('id', ParseIntPipe) id: number): Promise<Person> {
    const person = await this.people.findOneBy({ id });
    if (person === null) throw new NotFoundException(`There is no person ${id}.`);
    return person;
  }

  @Post()
  add(@Body() { email, born }: PersonBody): Promise<Person> {
    return this.people.save(this.people.create({ email, born, secret: 'hash' }));
  }
}

@Module({ imports: [TypeOrmModule.forFeature([Person])], controllers: [PeopleController] })
class PeopleModule {}

/** The messages of each field in one text. Those of inner objects are below their names. */
const faultsOf = (errors: ValidationError[]): object =>
  Object.fromEntries(
    errors.map(({ property, constraints = {}, children = [] }) => [
      property,
      children.length > 0 ? faultsOf(children) : Object.values(constraints).join(', '),
    ]),
  );

export const peopleHost: HostOfToday = {
  adapter: 'express',

  module: (parts: HostParts) => ({
    module: class PeopleHostModule {},
    imports: [
      TypeOrmModule.forRootAsync({
        useFactory: () => ({
          ...connectionOf(parts),
          autoLoadEntities: true,
          synchronize: true,
          migrations: parts.imports.length > 0 ? migrationsFor({ modules: ['user-profile'] }) : [],
          migrationsRun: true,
        }),
        dataSourceFactory: async (options) => new DataSource(options as DataSourceOptions).initialize(),
      }),
      PeopleModule,
      ...parts.imports,
    ],
  }),

  configure(app: INestApplication): void {
    app.setGlobalPrefix('api', { exclude: ['/'] });
    app.enableVersioning({ type: VersioningType.URI });
    app.useGlobalPipes(
      new ValidationPipe({
        transform: true,
        whitelist: true,
        errorHttpStatusCode: HttpStatus.UNPROCESSABLE_ENTITY,
        exceptionFactory: (errors: ValidationError[]) =>
          new HttpException({ status: 422, errors: faultsOf(errors) }, HttpStatus.UNPROCESSABLE_ENTITY),
      }),
    );
    app.useGlobalInterceptors(new ClassSerializerInterceptor(app.get(Reflector)));
  },
};
