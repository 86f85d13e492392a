/** The most likely cause of a difference. */
export type LikelyCause =
  | 'not-deterministic'
  | 'state-in-memory'
  | 'wrong-key'
  | 'depends-on-turns'
  | 'handler-fails'
  | 'rebuild-only'
  | 'step-not-deterministic'
  | 'step-state-in-memory';

/** The first finding. */
export interface Difference {
  /** The check that found it. */
  check: string;
  /** The projection, or the process manager. */
  projection: string;
  /** Where they differ: the table, the primary key of the row, and the first column; the key of a process. */
  table?: string;
  key?: string;
  column?: string;
  /** The row's column, the row or the step, after folding once; undefined when there is none. */
  expected?: unknown;
  /** The row's column, the row or the step, after the check. */
  actual?: unknown;
  /** What happened, in words. */
  what: string;
  likelyCause: LikelyCause;
  /** How the difference comes about, and what to do. */
  hint: string;
}

export interface ConformanceReport {
  conforms: boolean;
  /** Names of the projections and process managers that were checked. */
  projections: string[];
  /** Checks that were passed, in order. */
  passed: string[];
  /** Event types that one of them handles and the history lacks. The checks say nothing about them. */
  unseen: string[];
  difference?: Difference;
}

export const HINTS: Readonly<Record<LikelyCause, string>> = {
  'not-deterministic':
    'The same events give other rows: the handler takes something from outside, such as the clock, ' +
    'a random number, a new ' +
    'id, a query, or a variable of its module. Take the time from event.timestamp, and ids from the event.',
  'state-in-memory':
    'The handler keeps something in its instance, which survives a turn that was rolled back, ' +
    'and is unknown to another ' +
    'process. Keep all of it in rows.',
  'wrong-key':
    'The row does not belong to the key of the event. ' +
    'Make "key" of @Projection what all events of a row have in common, ' +
    'and let touches(...) name each row that the handler finds or puts.',
  'depends-on-turns':
    'What the handler does depends on where a turn ends. ' +
    'It may change a row that it has found without putting it back ' +
    '(rows.put, rows.change), keep something from one event to the next, ' +
    'or expect a value back as it was put, where the ' +
    'column has another type (bigint and numeric come back as strings).',
  'handler-fails': 'In an application this parks the key of the event, and its rows stand still.',
  'step-not-deterministic':
    'The same events make other steps: a function of the process takes something from outside, such as the clock, a ' +
    'random number or a new id. Take the time from step.at, and ids from the event or the key.',
  'step-state-in-memory':
    'The process manager keeps something in its instance, which a step that is made again sees twice, and which is ' +
    'unknown to another process. Keep all of it in the state.',
  'rebuild-only':
    'The rows of a rebuild are in another table: SQL of a handler of its own has to use CurrentTurn.tableOf(Entity).',
};

/** The report for people. */
export function inWords({ projections, passed, unseen, difference }: ConformanceReport): string {
  const lines: string[] = [];
  if (difference === undefined) lines.push(`${projections.join(', ')}: conforms.`);
  else {
    const { check, projection, what, expected, actual, hint } = difference;
    lines.push(`"${projection}" does not conform. ${check}: ${what}`);
    if ('expected' in difference)
      lines.push(`  folded once: ${shown(expected)}`, `  now:         ${shown(actual)}`);
    lines.push(hint);
  }
  if (passed.length > 0) lines.push(`Passed: ${passed.join('; ')}.`);
  if (unseen.length > 0) lines.push(`Not in the history, so not checked: ${unseen.join(', ')}.`);
  return lines.join('\n');
}

const shown = (value: unknown) => (value === undefined ? 'no row' : JSON.stringify(value));
