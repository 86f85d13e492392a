import type { QueryRunner } from 'typeorm';

/** The schema Eventfold's tables live in, quoted for SQL: the `schema` of the data source that migrates. */
export function quotedSchema(queryRunner: QueryRunner): string {
  const { options } = queryRunner.dataSource;
  const schema = 'schema' in options && typeof options.schema === 'string' ? options.schema : 'eventfold';
  return `"${schema.replaceAll('"', '""')}"`;
}
