import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The shop's own table in `public`, from before. */
export class Stock1700000000000 implements MigrationInterface {
  name = 'Stock1700000000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      create table stock (
        article text not null primary key,
        available integer not null check (available >= 0),
        cents integer not null
      )`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('drop table stock');
  }
}

/** The rows of the read model, in the schema of the log. */
export class CustomerTotals1770000000000 implements MigrationInterface {
  name = 'CustomerTotals1770000000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      create table shop_events.customer_totals (
        customer_id text not null primary key,
        orders integer not null,
        shipped integer not null,
        paid_cents integer not null
      )`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('drop table shop_events.customer_totals');
  }
}
