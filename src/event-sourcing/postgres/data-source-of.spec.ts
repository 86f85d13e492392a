import { expect, it } from '@jest/globals';
import type { QueryRunner } from 'typeorm';
import { dataSourceOf } from './data-source-of.js';

it.each(['dataSource', 'connection'])('finds the data source under the name %s', (name) => {
  const dataSource = { name: 'of the host' };
  expect(dataSourceOf({ [name]: dataSource } as unknown as QueryRunner)).toBe(dataSource);
});
