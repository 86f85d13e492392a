import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { HostProject } from './host-project.js';

const SOURCE = `import { it } from '@jest/globals';\nimport { A } from './a.js';\nimport { B } from '../b/b.js';\nimport c from 'c/c.js';\n`;

describe('the project that files are made for', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'eventfold-host-'));
  });
  afterEach(() => rm(root, { recursive: true }));

  const file = async (path: string, content: string | object) => {
    const full = join(root, path);
    await mkdir(dirname(full), { recursive: true });
    await writeFile(full, typeof content === 'string' ? content : JSON.stringify(content));
  };
  const adapted = async (text = SOURCE) => {
    const host = await HostProject.at(join(root, 'apps/shop/src/order'));
    return (await host.adapted({ path: 'order.ts', text })).text;
  };

  it('resolves modules as its nearest package.json says', async () => {
    await file('package.json', { type: 'module' });
    expect(await adapted()).toContain(`from './a.js';\nimport { B } from '../b/b.js';`);
    await file('apps/shop/package.json', {});
    expect(await adapted()).toContain(`from './a';\nimport { B } from '../b/b';\nimport c from 'c/c.js';`);
  });

  it.each([
    ['vitest', { vitest: '4' }, {}],
    ['@jest/globals', {}, { jest: '30' }],
    ['vitest', { vitest: '4' }, { jest: '30' }],
    ['node:test', {}, { mocha: '11' }],
  ])('has its tests run by %s', async (runner, own, ofWorkspace) => {
    await file('apps/shop/package.json', { devDependencies: own });
    await file('package.json', { devDependencies: ofWorkspace });
    expect(await adapted()).toContain(`import { it } from '${runner}';`);
  });

  it('may be nothing at all', async () => {
    expect(await adapted()).toContain(`from 'node:test';\nimport { A } from './a';`);
  });

  it('is told when its package.json cannot be read', async () => {
    await file('apps/shop/package.json', '{');
    await expect(adapted()).rejects.toThrow(/shop.package\.json is no JSON/);
  });

  describe('with a Prettier', () => {
    beforeEach(async () => {
      await mkdir(join(root, 'node_modules'));
      const prettier = join(import.meta.dirname, '../../../../node_modules/prettier');
      await symlink(prettier, join(root, 'node_modules/prettier'));
    });

    it('formats as that is configured', async () => {
      await file('.prettierrc', { semi: false, printWidth: 20 });
      expect(await adapted(`const order = { id, title };\n`)).toBe(`const order = {\n  id,\n  title,\n}\n`);
    });

    it('is told when the configuration is broken', async () => {
      await file('.prettierrc', '{ "semi": [');
      await expect(adapted()).rejects.toThrow(/^the project's Prettier cannot format order\.ts: /);
    });
  });
});
