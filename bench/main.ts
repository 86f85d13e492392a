import { setMaxListeners } from 'node:events';
import type { Part } from './part.js';
import { HELP, type Options, PARTS, readOptions, WrongUsage } from './options.js';
import { ensurePeers } from './peers.js';
import { Progress } from './progress.js';
import { describeMachine } from './report/machine.js';
import { writePage } from './report/markdown.js';
import { type Report, reportOf } from './report/report.js';
import { keepReport, latestReport } from './report/results.js';
import { toTerminal } from './report/tables.js';
import { describeServer, startServer, withDatabase } from './server.js';

const stop = new AbortController();
setMaxListeners(0, stop.signal); // every request under way listens
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => stop.abort(new Error(`Stopped by ${signal}.`)));
}

try {
  const args = process.argv.slice(2);
  const options = readOptions(args);
  if (options === 'help') console.log(HELP);
  else if (options.markdown) await writeLatest();
  else await runParts(options, ['npm run bench', ...(args.length > 0 ? ['--', ...args] : [])].join(' '));
} catch (error) {
  process.exitCode = explain(error);
}

async function runParts(options: Options, command: string): Promise<void> {
  if (options.parts.some(({ needsPeers }) => needsPeers)) ensurePeers();
  const progress = new Progress();
  const server = await startServer();
  try {
    const machine = describeMachine(await describeServer(server.url));
    for (const part of options.parts) {
      stop.signal.throwIfAborted();
      progress.begin(part.name);
      const run = { at: new Date().toISOString(), command, machine };
      await withDatabase(server.url, `eventfold_bench_${part.name.replace('-', '_')}`, (url) =>
        runPart(part, { ...options, url, stop: stop.signal, progress }, run),
      );
    }
  } finally {
    progress.clear();
    await server.stop();
  }
}

/** A part that fails does not keep the others from running. */
async function runPart(
  part: Part,
  context: Parameters<Part['run']>[0],
  run: Pick<Report, 'at' | 'command' | 'machine'>,
): Promise<void> {
  try {
    const report = reportOf(part, await part.run(context), run);
    await keepReport(report);
    context.progress.clear();
    console.log(toTerminal(report));
  } catch (error) {
    stop.signal.throwIfAborted();
    context.progress.clear();
    console.error(`\n${part.name} failed:`, error);
    process.exitCode = 1;
  }
}

async function writeLatest(): Promise<void> {
  const reports: Report[] = [];
  for (const { name } of PARTS) {
    const report = await latestReport(name);
    if (report) reports.push(report);
    else console.error(`${name} has no results yet: npm run bench -- --part ${name}`);
  }
  if (reports.length === 0) throw new WrongUsage('--markdown: nothing was measured yet');
  await writePage(reports);
  console.log(`docs/benchmarks.md holds the results of ${reports.map(({ part }) => part).join(', ')}.`);
}

function explain(error: unknown): number {
  if (stop.signal.aborted) {
    console.error((stop.signal.reason as Error).message);
    return 130;
  }
  console.error(error instanceof WrongUsage ? `bench: ${error.message}. --help shows the options.` : error);
  return error instanceof WrongUsage ? 2 : 1;
}
