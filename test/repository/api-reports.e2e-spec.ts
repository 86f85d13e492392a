import { expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

it('the public face of the package is the one that api/ shows: else "npm run api", and look at the diff', async () => {
  const kit = join(import.meta.dirname, '../support/repository/api-reports.mjs');
  const script = `import { apiReports } from ${JSON.stringify(kit)};
    console.log(JSON.stringify(apiReports({ write: false })));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script]);
  expect(JSON.parse(stdout.trim().split('\n').at(-1)!)).toEqual([]);
});
