import type { DataSource } from 'typeorm';
import { InvalidOptionsError } from '../options/resolve-options.js';
import { DROPS_TABLES } from './drop-schema.js';

/** @throws InvalidOptionsError when TypeORM drops the tables each time the data source is initialized */
export function requireTablesKept({ options }: Pick<DataSource, 'options'>): void {
  if (options.dropSchema) throw new InvalidOptionsError([DROPS_TABLES]);
}
