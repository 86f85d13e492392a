import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What the shop had before: a table in `public`. */
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

/** The rows of the read model, beside the log they are folded from. */
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
