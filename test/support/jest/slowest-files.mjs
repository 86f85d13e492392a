import { relative } from 'node:path';

const SHOWN = 10;

/** A reporter of Jest. It prints the amount of work at the start, and the files that took longest at the end. */
export default class SlowestFiles {
  constructor({ rootDir }) {
    this.rootDir = rootDir;
  }

  /** @param estimatedTime in s, from earlier runs; 0 without one */
  onRunStart({ numTotalTestSuites }, { estimatedTime }) {
    const estimate = estimatedTime > 0 ? `, last time in ${Math.round(estimatedTime)} s` : '';
    print(`Running ${numTotalTestSuites} test files${estimate}`);
  }

  onRunComplete(_contexts, { testResults }) {
    if (testResults.length === 1) return;
    const files = testResults.map(({ testFilePath, perfStats: { start, end } }) => ({
      name: relative(this.rootDir, testFilePath),
      seconds: (end - start) / 1_000,
    }));
    files.sort((one, other) => other.seconds - one.seconds);
    print('\nSlowest files:');
    for (const { name, seconds } of files.slice(0, SHOWN))
      print(`${seconds.toFixed(1).padStart(7)} s  ${name}`);
  }
}

/** Prints where Jest does: standard output may have its JSON. */
const print = (line) => process.stderr.write(`${line}\n`);
