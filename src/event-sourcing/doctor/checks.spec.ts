import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import type { Facts } from './check.js';
import { CHECKS } from './checks.js';

const WELL: Facts = {
  user: 'eve',
  database: 'films',
  settings: { server_version: '18.1', server_version_num: '180001', max_identifier_length: '63' },
  answers: { clock: 0 },
  examined: {
    schema: 'eventfold',
    quotedSchema: '"eventfold"',
    logChannel: 'eventfold_appended',
    hasLog: true,
    folds: true,
    mayOnlyRead: false,
    isStarting: false,
    poolSize: 10,
    rowTables: [],
  },
  process: { nodeVersion: '22.12.0', typeormPlaces: ['/app/node_modules/typeorm'], isNative: false },
};

const look = (name: string, facts: Partial<Facts> = {}) =>
  CHECKS.find((check) => check.name === name)!.look({ ...WELL, ...facts });

const settings = (over: Record<string, string>) => ({ settings: { ...WELL.settings, ...over } });

/** Cases that no server of the end-to-end tests can show. */
describe('a check', () => {
  it('has a name of its own', () => {
    expect(new Set(CHECKS.map(({ name }) => name)).size).toBe(CHECKS.length);
  });

  it.each([
    ['140011', 'wrong', 'Upgrade it to 15'],
    ['150000', undefined, ''],
    ['189999', undefined, ''],
    ['190000', 'warn', 'never tested'],
  ])('of the server version finds for %s: %s', (number, severity, words) => {
    const { finding } = look('server version', settings({ server_version_num: number }));
    expect(finding?.severity).toBe(severity);
    if (finding) expect(`${finding.says} ${finding.cure}`).toContain(words);
  });

  it.each([
    ['18.20.0', 'wrong'],
    ['20.18.9', 'wrong'],
    ['20.19.0', undefined],
    ['21.7.0', 'wrong'],
    ['22.11.0', 'wrong'],
    ['22.12.0', undefined],
    ['26.0.0', undefined],
  ])('of Node.js finds for %s: %s', (nodeVersion, severity) => {
    const { finding } = look('Node.js', { process: { ...WELL.process, nodeVersion } });
    expect(finding?.severity).toBe(severity);
  });

  it('of Node.js requires the versions of package.json', () => {
    const { engines } = JSON.parse(readFileSync('package.json', 'utf8')) as { engines: { node: string } };
    expect(CHECKS.find(({ name }) => name === 'Node.js')!.right).toBe(engines.node);
  });

  it.each([
    [4_000, undefined],
    [-90_000, '90.0 s behind'],
    [7_200_000, '7200.0 s ahead of'],
  ])('of the clock finds for one that is %d ms ahead: %s', (clock, words) => {
    const { finding } = look('clock', { answers: { clock } });
    if (words === undefined) expect(finding).toBeUndefined();
    else expect(finding!.says).toContain(words);
  });

  it.each([
    ['1', undefined],
    ['3', undefined],
    ['0', 'wrong'],
    ['-15', 'wrong'],
  ])('of digits finds for extra_float_digits %s: %s', (extra_float_digits, severity) => {
    const { finding } = look('extra_float_digits', settings({ extra_float_digits }));
    expect(finding?.severity).toBe(severity);
  });

  it('finds pg-native, which was never tested', () => {
    const { finding } = look('driver', { process: { ...WELL.process, isNative: true } });
    expect(finding).toMatchObject({ severity: 'wrong', cure: expect.stringContaining('native: undefined') });
  });

  it('finds a second copy of TypeORM', () => {
    const typeormPlaces = ['/app/node_modules/typeorm', '/app/node_modules/x/node_modules/typeorm'];
    const { finding } = look('copies of typeorm', { process: { ...WELL.process, typeormPlaces } });
    expect(finding).toMatchObject({ severity: 'warn', says: expect.stringContaining(typeormPlaces[1]!) });
  });

  it('finds a pool that is too small for turns and commands', () => {
    const examined = { ...WELL.examined, poolSize: 2 };
    expect(look('pool size', { examined }).finding).toMatchObject({ severity: 'wrong' });
    expect(look('pool size', { examined: { ...examined, folds: false } }).finding).toBeUndefined();
  });

  it('finds a server whose names are too short for the notification channel', () => {
    const { finding } = look('max_identifier_length', settings({ max_identifier_length: '15' }));
    expect(finding).toMatchObject({ severity: 'wrong', says: expect.stringContaining('has 18') });
  });
});
