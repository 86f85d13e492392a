/**
 * How many bytes of text a compressed byte counts for. Usual JSON has 3 to 8, and text that repeats itself up to 90.
 * The real figure is known only after the whole value was read.
 */
const EXPANSION = 16;

/** The size of a value, without a read of its data: a large one lies in a table of its own. */
const sizeOf = (column: string) =>
  `coalesce(pg_column_size(${column}) * case when pg_column_compression(${column}) is null then 1 else ${EXPANSION} end, 0)`;

/**
 * SQL of the first rows of the log that it is given, and no more after `maxBytes`: an event may have megabytes, so the
 * number of rows alone would not bound the memory. At least one comes, when there is one. `is_full` says of a row that
 * the bytes end with it.
 *
 * @param rows the end of a `select`, from its `from` on, with an order and a limit
 * @param order the column that orders the rows
 * @param maxBytes SQL
 */
export const firstBytes = (rows: string, order: string, maxBytes: string) =>
  `(select summed.*, bytes >= ${maxBytes} as is_full from (
      select sized.*, sum(size) over (order by ${order} rows unbounded preceding) as bytes from (
        select *, ${sizeOf('event_data')} + ${sizeOf('metadata')} as size ${rows}) as sized) as summed
    where bytes - size < ${maxBytes}) as part`;
