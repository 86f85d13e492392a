import type { MigrationInterface, QueryRunner } from 'typeorm';
import { replaceInFunction, type Replacement } from './append-functions.js';
import { quotedSchema } from './schema.js';

/**
 * `append_together` looks up the version of a stream once, at the stream's first event in the batch. The lookup begins at
 * the end of the stream's index entries, where the rows stand that this statement has written and cannot see yet. Each
 * event had a lookup of its own, which walked past all of them: 8,000 events to an existing stream took 3.4 s, and now
 * take 0.15 s (medians, measured in turn, without waiting for the disk). 1,000 took 60 ms, and now take 16. Batches of 2
 * to 50 events take what they took.
 *
 * Later events of a stream need no check: they have the same `expected` as the first one, with which the whole batch is
 * refused. Where it is no number, they need the version all the same. A pass of its own finds it for all streams, which
 * costs 0.2 ms on a batch of two, so it waits for the 33rd event of a stream.
 */
export class StreamVersionOnce1763800000060 implements MigrationInterface {
  name = 'StreamVersionOnce1763800000060';

  up(queryRunner: QueryRunner): Promise<void> {
    const schema = quotedSchema(queryRunner);
    return replaceInFunction(queryRunner, appendTogether(schema), changes(schema));
  }

  down(queryRunner: QueryRunner): Promise<void> {
    const schema = quotedSchema(queryRunner);
    const reverted = changes(schema).map(([part, replacement]): Replacement => [replacement, part]);
    return replaceInFunction(queryRunner, appendTogether(schema), reverted);
  }
}

const appendTogether = (schema: string) =>
  `${schema}.append_together(text[], integer[], integer[], uuid[], text[], text, text, jsonb)`;

/** The parts are as the migrations before have them, to the letter. */
const changes = (schema: string): Replacement[] => [
  [
    `    versions integer[];
    appended integer;`,
    `    takes_any constant boolean := 0 > any (expected);
    versions integer[];
    appended integer;`,
  ],
  [
    `
    insert into ${schema}.events
`,
    `${expectVersionsThatAreThere(schema)}
    insert into ${schema}.events
`,
  ],
  ['and i.expected <> 0\n', 'and i.expected <> 0 and (i.nth = 1 or i.expected < 0)\n'],
  ['else version = i.expected end;', 'else i.nth > 1 or version = i.expected end;'],
  ['if 0 > any (expected) then\n      select array_agg(e.', 'if takes_any then\n      select array_agg(e.'],
];

/** A stream that must exist and does not keeps its -1, which the insert refuses. */
const expectVersionsThatAreThere = (schema: string) => `
    if takes_any and 32 < any (nth) then
      select array_agg(case when i.expected >= 0 then i.expected
                            when i.version > 0 then i.version
                            when i.expected = -2 then 0
                            else i.expected end order by i.ordinal)
        into expected
        from (select i.expected, i.ordinal, max(stream.version) over (partition by i.stream_id collate "C") as version
                from unnest(streams, expected, nth) with ordinality as i(stream_id, expected, nth, ordinal)
                     left join lateral (select e.stream_version as version from ${schema}.events e
                                         where e.stream_id = i.stream_id and i.expected < 0 and i.nth = 1
                                         order by e.stream_version desc limit 1) stream on true) i;
    end if;
`;
