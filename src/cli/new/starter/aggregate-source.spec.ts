import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { aggregateDirectory, aggregateName, importPath } from './aggregate-source.js';

const EVENTS = `export const ORDER_EVENTS = []; export type OrderEvent = { orderId: string };`;

describe('the aggregate of a read model', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'eventfold-aggregate-'));
  });
  afterEach(() => rm(root, { recursive: true }));

  const events = async (path: string, text = EVENTS) => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  };
  const find = (nameOrPath: string) => aggregateDirectory(nameOrPath, join(root, 'src/order-summary'));

  it('is in the directory beside it, or rather in the same one', async () => {
    await events('src/order/order.events.ts');
    expect(await find('order')).toBe(join(root, 'src/order'));
    await events('src/order-summary/order.events.ts');
    expect(await find('order')).toBe(join(root, 'src/order-summary'));
  });

  it('is where it is said to be', async () => {
    await events('src/order/order.events.ts');
    await events('libs/sales/order.events.ts');
    const path = join(root, 'libs/sales/order.events.ts');
    expect([aggregateName(path), await find(path)]).toEqual(['order', join(root, 'libs/sales')]);
  });

  it('is missed with the places where it was looked for, and how to make it', async () => {
    await expect(find('order')).rejects.toThrow(
      /no aggregate "order": not found .*order-summary\/order\.events\.ts, .*src\/order\/order\.events\.ts, src\/order/,
    );
    await expect(find('order')).rejects.toThrow('"eventfold new aggregate order"');
    await expect(find('elsewhere/order.events.ts')).rejects.toThrow('not found elsewhere/order.events.ts.');
  });

  it.each([
    ['ORDER_EVENTS', 'export type OrderEvent = { orderId: string };'],
    ['OrderEvent', 'export const ORDER_EVENTS = []; // orderId'],
    ['orderId', EVENTS.replace('orderId', 'id')],
    ['ORDER_EVENTS and no OrderEvent and no orderId', 'export const PRE_ORDER_EVENTS = [];'],
  ])('must have %s', async (missing, text) => {
    await events('src/order/order.events.ts', text);
    await expect(find('order')).rejects.toThrow(`order.events.ts has no ${missing}. A read model needs`);
  });
});

it.each([
  ['src/order-summary', 'src/order', '../order'],
  ['src/order', 'src/order', '.'],
  ['src', 'src/order', './order'],
  ['src/reports/order-summary', 'libs/order', '../../../libs/order'],
])('a file in %s imports from %s by %s', (from, to, path) => {
  expect(importPath(from, to)).toBe(path);
});
