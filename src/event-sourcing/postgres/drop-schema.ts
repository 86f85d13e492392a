/** The refusal of a data source with `dropSchema: true`. The start and the migrations use it. */
export const DROPS_TABLES =
  'dropSchema of the data source is true: it must be false, since TypeORM would drop read models and the table of ' +
  'migrations at each start, and leave the log and the checkpoints of projections where they are. For a fresh database ' +
  'in each test, use createTestDatabase of "nest-eventfold/testing".';
