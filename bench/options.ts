import { parseArgs } from 'node:util';
import type { Part } from './part.js';
import { appends } from './parts/appends.js';
import { backlog } from './parts/backlog.js';
import { feeds } from './parts/feeds.js';
import { heldSnapshot } from './parts/held-snapshot.js';
import { hot } from './parts/hot.js';
import { http } from './parts/http.js';
import { intake } from './parts/intake.js';
import { load } from './parts/load.js';
import { loads } from './parts/loads.js';
import { partitions } from './parts/partitions.js';
import { personal } from './parts/personal.js';
import { processes } from './parts/processes.js';
import { projections } from './parts/projections.js';
import { reads } from './parts/reads.js';
import { rebuild } from './parts/rebuild.js';
import { relay } from './parts/relay.js';
import { remote } from './parts/remote.js';
import { DEFAULT_SIZES, size } from './parts/size.js';
import { timers } from './parts/timers.js';
import { visible } from './parts/visible.js';

export const PARTS: readonly Part[] = [
  appends,
  reads,
  loads,
  hot,
  processes,
  personal,
  http,
  feeds,
  visible,
  timers,
  projections,
  rebuild,
  partitions,
  relay,
  remote,
  size,
  heldSnapshot,
  backlog,
  intake,
  load,
];

export interface Options {
  parts: readonly Part[];
  rounds: number;
  sliceMs: number;
  events: number;
  log: number;
  sizes: readonly number[];
  loadMs: number;
  markdown: boolean;
}

/** The error in one line. */
export class WrongUsage extends Error {}

export const HELP = `Measures Eventfold beside yardsticks and other event stores, on one PostgreSQL, in one run.

  npm run bench                            the usual parts, 5 rounds each
  npm run bench -- --part appends          one part; the option may be repeated
  npm run bench -- --rounds 9              narrower medians
  npm run bench -- --part size             a long part: only when it is asked for
  npm run bench -- --markdown              writes the latest results into docs/benchmarks.md, measures nothing

Parts
${PARTS.map(({ name, about, long }) => `  ${name.padEnd(14)} ${about}${long ? ' (long)' : ''}`).join('\n')}

Options
  --part NAME    a part to run; default: all that are not long
  --rounds N     rounds that count, after one that does not (default 5)
  --slice S      seconds that each contender works in each round (default 2; http: thrice, visible: ten times that)
  --events N     projections, relay, remote: events in the log (default 50000)
  --log N        rebuild, partitions: events in the log (default 1000000)
  --sizes N,N    size: events in the tables (default ${DEFAULT_SIZES.join(',')})
  --load S       load: seconds of commands and queries (default 60; memory is judged from 300 on)
  --markdown     see above
  --help         this text

How to read it: contenders work in turn, round by round. Rates and latencies are medians over the rounds; "ratio" is
the rate over that of the contender named first, the yardstick. Compare ratios, not rates, across machines, and trust
them on a machine that does nothing else.

Without DATABASE_URL an embedded PostgreSQL is started in a temporary directory, and removed. With it, the bench makes
databases named eventfold_bench_... on that server, and drops them. The figures are also written to bench/results/ as
JSON. The other event stores are installed into bench/node_modules when they are missing.`;

const DEFINITIONS = {
  part: { type: 'string', multiple: true },
  rounds: { type: 'string', default: '5' },
  slice: { type: 'string', default: '2' },
  events: { type: 'string', default: '50000' },
  log: { type: 'string', default: '1000000' },
  sizes: { type: 'string', default: DEFAULT_SIZES.join(',') },
  load: { type: 'string', default: '60' },
  markdown: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

/** @throws WrongUsage that names option, value and rule */
export function readOptions(args: string[]): Options | 'help' {
  const values = parse(args);
  if (values.help) return 'help';
  return {
    parts: values.part?.map(partNamed) ?? PARTS.filter(({ long }) => !long),
    rounds: wholeNumber('--rounds', values.rounds),
    sliceMs: 1_000 * wholeNumber('--slice', values.slice),
    events: wholeNumber('--events', values.events),
    log: wholeNumber('--log', values.log),
    sizes: values.sizes.split(',').map((events) => wholeNumber('--sizes', events)),
    loadMs: 1_000 * wholeNumber('--load', values.load),
    markdown: values.markdown,
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({ args, options: DEFINITIONS }).values;
  } catch (error) {
    throw new WrongUsage((error as Error).message.split('. ')[0], { cause: error });
  }
}

function partNamed(name: string): Part {
  const part = PARTS.find((one) => one.name === name);
  if (part) return part;
  throw new WrongUsage(`--part is "${name}": it must be one of ${PARTS.map((one) => one.name).join(', ')}`);
}

function wholeNumber(option: string, text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new WrongUsage(`${option} is "${text}": it must be a whole number from 1 on`);
}
