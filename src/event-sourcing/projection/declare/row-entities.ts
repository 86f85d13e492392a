import { Injectable, type Type } from '@nestjs/common';
import { DataSource, type EntityMetadata, getMetadataArgsStorage, type Repository } from 'typeorm';
import { CurrentTransaction } from '../../log/append/current-transaction.js';
import { ResolvedOptions } from '../../options.js';
import { InvalidOptionsError } from '../../options/resolve-options.js';
import { masterViewOf } from '../../postgres/master-view.js';
import { SharingDataSource } from '../../postgres/sharing-data-source.js';
import { isOfPackage } from './package-entity.js';

/**
 * Knows the tables of read models.
 *
 * The data source of the application may list an entity of a read model. Its table is then where that data source puts
 * it.
 *
 * Any other entity belongs to the event store, and its table is in the schema of the store. The application's data
 * source does not know it. So `synchronize` leaves it alone, the application need not list it, and two stores on one
 * data source may have the same read model. The application's naming strategy applies only to its own entities.
 *
 * Reads go to the master and to no cache: the checkpoint, which says how far the rows are folded, is there too.
 */
@Injectable()
export class RowEntities {
  private readonly sources = new Map<Type<object>, Promise<DataSource>>();

  constructor(
    private readonly application: DataSource,
    private readonly options: ResolvedOptions,
    private readonly current: CurrentTransaction,
  ) {}

  /**
   * @param together entities of the same feature, which may have relations to this one
   * @throws InvalidOptionsError when the class is no entity, and when the application lists an entity that the package
   * brings
   */
  async repositoryOf<Row extends object>(
    entity: Type<Row>,
    together: readonly Type<object>[] = [entity],
  ): Promise<Repository<Row>> {
    return (await this.sourceOf(entity, together)).getRepository(entity);
  }

  async metadataOf(entity: Type<object>): Promise<EntityMetadata> {
    return (await this.sourceOf(entity, [entity])).getMetadata(entity);
  }

  private sourceOf(entity: Type<object>, together: readonly Type<object>[]): Promise<DataSource> {
    if (this.isOfApplication(entity)) {
      requireOwn(entity);
      return Promise.resolve(masterViewOf(this.application));
    }
    requireEntity(entity);
    if (!this.sources.has(entity)) this.open(isOfPackage(entity), together);
    return this.sources.get(entity)!;
  }

  private open(areOfPackage: boolean, together: readonly Type<object>[]): void {
    const entities = together.filter(
      (each) => isOfPackage(each) === areOfPackage && !this.isOfApplication(each),
    );
    const { application, options, current } = this;
    const source = SharingDataSource.open(
      { application, running: () => current.manager?.queryRunner },
      { schema: options.schema, entities, areOfPackage },
    );
    for (const each of entities) this.sources.set(each, source);
  }

  /** TypeORM knows the entities only at the end of `initialize`. Until then the classes in its options count. */
  private isOfApplication(entity: Type<object>): boolean {
    const { entities = {} } = this.application.options;
    return this.application.hasMetadata(entity) || Object.values(entities).includes(entity);
  }
}

function requireOwn(entity: Type<object>): void {
  if (!isOfPackage(entity)) return;
  throw new InvalidOptionsError([
    `entities of the data source has ${entity.name}: it must not, since migrationsFor() of Eventfold makes the table of ` +
      'this entity. Leave it out of "entities" and of TypeOrmModule.forFeature, and import ' +
      `EventSourcingModule.forFeature({ rows: [${entity.name}] }) for its repository.`,
  ]);
}

function requireEntity(entity: Type<object>): void {
  if (getMetadataArgsStorage().tables.some(({ target }) => target === entity)) return;
  throw new InvalidOptionsError([
    `rows has ${entity.name}: it must be a class with @Entity() of typeorm, or an entity of the data source.`,
  ]);
}
