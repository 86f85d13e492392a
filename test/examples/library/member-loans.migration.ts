import type { MigrationInterface, QueryRunner } from 'typeorm';

export class MemberLoans1770000000001 implements MigrationInterface {
  name = 'MemberLoans1770000000001';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      create table eventfold.member_loans (
        member_id text not null constraint member_loans_pkey primary key,
        on_loan text[] not null,
        loans_ever integer not null,
        lost integer not null
      )`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('drop table eventfold.member_loans');
  }
}
