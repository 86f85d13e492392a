import { mkdir, writeFile } from 'node:fs/promises';
import { arch, cpus, platform, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { benchCatchUp } from './catch-up.js';
import { toTable } from './measurement.js';
import { startServer } from './server.js';

const HELP = `Measures Eventfold against yardsticks on one PostgreSQL, in one run.

  npm run bench                          every part, 5 rounds each
  npm run bench -- --events 200000       a longer log
  npm run bench -- --rounds 9            narrower medians

Options
  --events N   events in the log for the catch-up of projections (default 50000)
  --rounds N   rounds of each measurement; the median counts (default 5)
  --help       this text

Without DATABASE_URL an embedded PostgreSQL is started in a temporary directory, and removed.
The figures are also written to bench/results/ as JSON.`;

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '50000' },
    rounds: { type: 'string', default: '5' },
    help: { type: 'boolean' },
  },
});
if (values.help) {
  console.log(HELP);
  process.exit(0);
}
const events = wholeNumber('--events', values.events);
const rounds = wholeNumber('--rounds', values.rounds);

const server = await startServer();
try {
  console.log(`Catch-up of ${events.toLocaleString('en')} events, ${rounds} rounds ...`);
  const catchUp = await benchCatchUp(server.url, events, rounds);
  console.log(toTable(catchUp));
  const file = join(import.meta.dirname, '../../bench/results/catch-up.json');
  await mkdir(join(file, '..'), { recursive: true });
  await writeFile(file, JSON.stringify({ machine: machine(), events, rounds, catchUp }, null, 2));
} finally {
  await server.stop();
}

function wholeNumber(option: string, text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) {
    console.error(`${option} is "${text}": it must be a whole number from 1 on`);
    process.exit(2);
  }
  return Number(text);
}

function machine(): Record<string, unknown> {
  const [cpu] = cpus();
  return {
    cpu: cpu?.model,
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    platform: platform(),
    arch: arch(),
    node: process.version,
  };
}
