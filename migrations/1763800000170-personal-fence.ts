import type { MigrationInterface, QueryRunner } from 'typeorm';
import { quotedSchema } from './schema.js';

/**
 * The fence of personal data, for what is stored under keys that a process has in memory. It refuses a subject that is
 * erased, and a key that the table does not have, or not any more. The commit of a key does not wait for the disk, so a
 * crash of the server may take a key away that a process goes on using.
 *
 * An append calls it after it has the lock of the log, as it called `refuse_erased`, which stays for processes of the
 * build before. A caller's transaction that keeps one snapshot does not see a key that was made since on another
 * connection: there the keys are taken on trust.
 *
 * The plan is kept for the life of a connection, and may be made while the tables are small. Without `enable_seqscan`
 * being off it would then read all of a table that has grown since: 0.4 ms for each append with 10,000 keys.
 */
export class PersonalFence1763800000170 implements MigrationInterface {
  name = 'PersonalFence1763800000170';

  async up(queryRunner: QueryRunner): Promise<void> {
    const schema = quotedSchema(queryRunner);
    await queryRunner.query(`
      create function ${schema}.guard_personal(subjects text[], key_ids uuid[]) returns void language plpgsql
        set search_path = pg_catalog, pg_temp set enable_seqscan = off as $$
      declare
        erased text;
        missing text;
      begin
        select e.subject into erased from ${schema}.erasures e
         where e.subject = any (subjects) and e.lifted_at is null limit 1;
        if found then
          raise exception 'a subject is erased' using errcode = 'ZF410', detail = erased;
        end if;
        if current_setting('transaction_isolation') in ('repeatable read', 'serializable') then
          return;
        end if;
        if (select count(*) from ${schema}.subject_keys k
             where k.key_id = any (key_ids) and k.destroyed_at is null) = cardinality(key_ids) then
          return;
        end if;
        select string_agg(id::text, ',') into missing from unnest(key_ids) as used (id)
         where not exists (select from ${schema}.subject_keys k where k.key_id = used.id and k.destroyed_at is null);
        if missing is not null then
          raise exception 'a key of personal data is missing' using errcode = 'ZF411', detail = missing;
        end if;
      end $$`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`drop function ${quotedSchema(queryRunner)}.guard_personal(text[], uuid[])`);
  }
}
