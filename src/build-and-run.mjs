// `npm start` and its like: builds when a source is newer than the build, then runs the script named first in this
// same process, so that signals reach it directly.
//
//   node src/build-and-run.mjs src/main.js [options of the script]

import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const script = join(root, 'dist', process.argv[2]);

if (
  modified(script) <=
  newest(['src', 'migrations', 'bench', 'package.json', 'tsconfig.json', 'tsconfig.build.json'])
) {
  console.log('Building (sources changed) ...');
  const { status } = spawnSync(
    process.execPath,
    [join(root, 'node_modules/@nestjs/cli/bin/nest.js'), 'build'],
    {
      cwd: root,
      stdio: 'inherit',
    },
  );
  if (status !== 0) process.exit(status ?? 1);
}
process.argv.splice(1, 2, script);
await import(pathToFileURL(script).href);

function modified(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function newest(paths) {
  return Math.max(
    ...paths
      .map((path) => join(root, path))
      .map((path) => {
        if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return modified(path);
        const inside = readdirSync(path).filter((name) => name !== 'node_modules' && name !== 'results');
        return Math.max(0, newest(inside.map((name) => join(path.slice(root.length), name))));
      }),
  );
}
