// Ends a Node that is too old with one line. Otherwise it would end with an error of syntax or of a missing function,
// which names neither cause nor cure. So a script that starts a process imports nothing else of ours at its top, and
// takes the rest by `import()` after this call. The script and this file keep to what Node 14 can read.

import { readFileSync } from 'fs';

/** Ends the process with exit code 1, unless `engines` of package.json allows this Node. */
export function requireSupportedNode() {
  const { engines } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  if (satisfies(process.versions.node, engines.node)) return;
  const versions = engines.node.replace('||', 'or');
  console.error(
    `Eventfold needs Node ${versions}; this is ${process.version}. Install another: https://nodejs.org`,
  );
  process.exit(1);
}

/** Reads only the ranges of npm that `engines` has: `^20.19` and `>=22.12`, joined by `||`. */
function satisfies(version, range) {
  const [major, minor] = version.split('.').map(Number);
  return range.split('||').some((part) => {
    const [, operator, wantedMajor, wantedMinor] = /(\^|>=)(\d+)\.(\d+)/.exec(part);
    if (major === Number(wantedMajor)) return minor >= Number(wantedMinor);
    return operator === '>=' && major > Number(wantedMajor);
  });
}
