/** Lines for people in a pipe: a file or another program must not get the codes of a terminal. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServiceProcess } from '../support/processes/service-process.js';

const ESCAPE = '\u001b[';

describe('what a process of the service prints into a pipe', () => {
  let dataDir: string;
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'eventfold-colours-'));
  });
  afterAll(() => rm(dataDir, { recursive: true, force: true }));

  /** The output of a whole life, with the first start of an embedded PostgreSQL. */
  async function outputOf(environment: NodeJS.ProcessEnv): Promise<string> {
    const service = await startServiceProcess({
      DATA_DIR: join(dataDir, 'data'),
      LOG_FORMAT: 'pretty',
      LOG_LEVEL: 'verbose',
      ...environment,
    });
    expect(await service.end('SIGTERM')).toBe(0);
    return service.output();
  }

  it('has no colours, from the first start of its database to its end', async () => {
    const output = await outputOf({});
    expect(output).toMatch(/\[Embedded PostgreSQL\] First start/);
    expect(output).toMatch(/\[InstanceLoader\]/);
    expect(output).toMatch(/\[Eventfold\] Stopped/);
    expect(output).not.toContain(ESCAPE);
  });

  it('has them where FORCE_COLOR asks for them', async () => {
    expect(await outputOf({ FORCE_COLOR: '1' })).toContain(ESCAPE);
  });
});
