/** Checks of the process, without a query to the server. */
import { connectionsNeeded, lackOfConnections, NATIVE_DRIVER } from '../postgres/pool-requirements.js';
import { twoCopies } from './single-copy.js';
import type { Check } from './check.js';

/** The same as `engines` in package.json. */
const NODE = '^20.19 || >=22.12';

const nodeVersion: Check = {
  name: 'Node.js',
  right: NODE,
  look({ process }) {
    const value = process.nodeVersion;
    const [major, minor] = value.split('.').map(Number) as [number, number];
    const isSupported = (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22;
    if (isSupported) return { value };
    const says = `The process runs on Node ${value}, and Eventfold needs ${NODE.replace('||', 'or')}.`;
    return { value, finding: { severity: 'wrong', says, cure: 'Install another Node.' } };
  },
};

const poolSize: Check = {
  name: 'pool size',
  right: 'at least 3 connections where projections are folded, else 1',
  look({ examined }) {
    const value = String(examined.poolSize);
    const lack = lackOfConnections(examined.poolSize, connectionsNeeded(examined.folds));
    return lack === undefined ? { value } : { value, finding: { severity: 'wrong', ...lack } };
  },
};

const driver: Check = {
  name: 'driver',
  right: 'pg, without pg-native',
  look: ({ process: { isNative } }) =>
    isNative ? { value: 'pg-native', finding: { severity: 'wrong', ...NATIVE_DRIVER } } : { value: 'pg' },
};

/** Several copies of `pg` are fine: Eventfold uses no class of it, and recognizes errors by their codes. */
const copies: Check = {
  name: 'copies of typeorm',
  right: 'one',
  look({ process: { typeormPlaces: places } }) {
    const value = String(places.length);
    if (places.length <= 1) return { value };
    return { value, finding: { severity: 'warn', ...twoCopies('typeorm', places) } };
  },
};

export const PROCESS_CHECKS: readonly Check[] = [nodeVersion, poolSize, driver, copies];
