/** The pages for people, and the files around the project: each is checked against its rules. */
import { describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { anchorsOf, deadLinksOf } from '../support/repository/markdown-links.js';
import { faultsOfPage } from '../support/repository/prose.js';

const root = join(import.meta.dirname, '../..');
const textOf = (path: string) => readFileSync(join(root, path), 'utf8');
const pagesIn = (folder: string, recursive = false) =>
  (readdirSync(join(root, folder), { recursive }) as string[])
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name));
const pages = [...pagesIn('.'), ...pagesIn('docs', true)];

describe('the pages of the project', () => {
  it.each(pages)('%s reads as it should', (page) => {
    expect(faultsOfPage(textOf(page))).toEqual([]);
  });

  it.each(pages)('%s has links that lead somewhere', (page) => {
    expect(deadLinksOf(root, page)).toEqual([]);
  });

  it.each([
    ['a link torn by code', 'A repository, which `[`a.ts`](a.ts)Inject(Order)` injects.', /torn by code/],
    ['a backtick without its pair', 'The `name is durable.', /backtick without its pair/],
    ['a link that is not whole', 'Read [this]( page.md) first.', /not whole/],
    ['a doubled word', 'It reads the\nthe log.', /there twice: the/],
    ['a block of code without its end', 'So:\n\n```ts\nconst a = 1;\n', /not closed/],
    ['a block of code without a language', 'So:\n\n```\nnpm test\n```\n', /no language: npm test/],
    ['a line that is too long', `${'one two '.repeat(20)}ends.`, /has 165 characters/],
    ['a sentence that stops', 'Then one line in the providers, and', /stops in the middle/],
    ['a paragraph that stops', 'It folds each event once', /stops in the middle/],
    ['an item that stops', '- the rows of the', /stops in the middle/],
  ])('are caught with %s', (_, markdown, fault) => {
    expect(faultsOfPage(markdown)).toContainEqual(expect.stringMatching(fault));
  });

  it('may have code, tables, lists, links and headings', () => {
    const page =
      '# A `b`\n\nSee [`c.ts`](c.ts):\n\n```ts\n[a](b\n```\n\n| d | the |\n| - | - |\n\n- item `a[0](b)`\n';
    expect(faultsOfPage(page.replace(' `a[0](b)`', ''))).toEqual([]);
    expect([...anchorsOf('# A `b`, and C\n\n## [D](d.md)\n\n## D')]).toEqual(['a-b-and-c', 'd', 'd-1']);
  });
});

describe('the address of the project', () => {
  const { homepage, repository, bugs } = JSON.parse(textOf('package.json'));

  it('is in package.json alone, and in the form that npm takes', () => {
    const address = new URL(homepage).href.replace(/#.*$/, '');
    expect(repository).toEqual({ type: 'git', url: `git+${address}.git` });
    expect(bugs).toEqual({ url: `${address}/issues` });
    for (const page of pages) expect([page, textOf(page).includes(address)]).toEqual([page, false]);
  });

  it('says that it is a placeholder, and where that is changed', () => {
    expect(textOf('CONTRIBUTING.md')).toContain('placeholder');
    expect(new URL(homepage).hostname).toBe('example.org');
  });
});

describe('the workflow of the CI', () => {
  const text = textOf('.github/workflows/ci.yml');
  const parser = (workflow: string): string[] => {
    const script = join(import.meta.dirname, '../support/repository/workflow-errors.mjs');
    const { stdout, stderr } = spawnSync(process.execPath, [script], { input: workflow, encoding: 'utf8' });
    if (stdout === '') throw new Error(stderr);
    return JSON.parse(stdout);
  };

  it("is one that GitHub's own parser takes, which sees a mistake", () => {
    expect(parser(text)).toEqual([]);
    expect(parser(text.replace('runs-on: ubuntu', 'run-on: ubuntu'))).not.toEqual([]);
  });

  it('runs .ci/run on each supported Node, on arm64, and on the oldest supported PostgreSQL', () => {
    const { suite, 'oldest-postgresql': oldest } = parse(text).jobs;
    const { node, runner, include } = suite.strategy.matrix;
    expect({ node, runner }).toEqual({ node: ['20', '22', '24', '26'], runner: ['ubuntu-24.04'] });
    expect(include).toEqual([{ node: '24', runner: 'ubuntu-24.04-arm' }]);
    expect(oldest.services.postgres.image).toBe('postgres:15');
    for (const job of [suite, oldest]) expect(job.steps.at(-1)).toEqual({ run: '.ci/run' });
  });
});
