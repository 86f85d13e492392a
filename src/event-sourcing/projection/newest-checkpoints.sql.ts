/**
 * How checkpoints are found. While a dump or a report holds a snapshot, no version of a row can be removed, and each
 * turn leaves one. A look-up by equality walks through them from the oldest on (0.7 ms after 40,000 turns). A range has
 * an order, so the index is read from its end, where the newest version is. The planner chooses that because it has no
 * statistics of these columns (migration 171).
 */
import type { ResolvedOptions } from '../options.js';

/** The index backwards. All its columns, since the name may be one of another table. */
const NEWEST_FIRST = 'order by projection desc, build desc, partition desc limit 1';

/**
 * The end of a `select` of one checkpoint.
 *
 * @param share SQL of the name of the projection, the build and the partition
 */
export const newest = (options: ResolvedOptions, ...[name, build, partition]: [string, string, string]) =>
  `from ${options.qualified('projection_checkpoints')}
    where projection = ${name} and build = ${build} and partition between ${partition} and ${partition}
    ${NEWEST_FIRST}`;

/** The number of partitions of a build, which are numbered from 0 on. */
export const partitionsOf = (options: ResolvedOptions, name: string, build: string) =>
  `coalesce((select partition + 1 from ${options.qualified('projection_checkpoints')}
              where projection = ${name} and build = ${build} and partition >= 0
              ${NEWEST_FIRST}), 0)`;

/**
 * All checkpoints of builds, each found by its newest version: what is behind `from`.
 *
 * The planner takes a series for 1,000 rows, a table that was never analyzed for some hundred, and an array for ten. A
 * plan of many thousand look-ups would be so dear that PostgreSQL compiles it (`jit`), for 100 ms. So numbers and names
 * come from arrays.
 *
 * @param name SQL of the name of the projection
 * @param builds SQL of the builds
 */
export const checkpointsOf = (options: ResolvedOptions, name: string, ...builds: [string, ...string[]]) => {
  const ofBuild = (build: string) =>
    `select c.* from unnest(array(select generate_series(0, ${partitionsOf(options, name, build)} - 1))) as numbers (nth)
      cross join lateral (select * ${newest(options, name, build, `nth`)}) as c`;
  return `(${builds.map(ofBuild).join(' union all ')}) as c`;
};

/** The names of all projections, as `known.name`: what is behind `from`. */
export const projectionNames = (options: ResolvedOptions) =>
  `unnest(array(select name from ${options.qualified('projections')})) as known (name)`;
