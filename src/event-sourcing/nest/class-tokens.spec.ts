import { describe, expect, it } from '@jest/globals';
import { getAggregatesToken } from '../aggregate/aggregates.js';
import { rowsToken } from '../projection/turn/rows.js';
import { getEventStoreToken, PARTS, partToken } from '../module/stores.js';

/** A class whose name a bundler has shortened; two of them have the same name and stream. */
const shortened = () =>
  class a {
    static readonly stream = 'a';
  };

describe('tokens of classes', () => {
  it.each<[string, (of: any) => unknown]>([
    ['repositories', getAggregatesToken],
    ['rows', rowsToken],
    ['parts of a store', (part) => partToken('default', part)],
  ])('of %s are the same for one class, and differ for two classes of one name', (_what, tokenOf) => {
    const [one, other] = [shortened(), shortened()];
    expect(tokenOf(one)).toBe(tokenOf(one));
    expect(tokenOf(one)).not.toBe(tokenOf(other));
  });

  it('differ between stores, and between the parts of each', () => {
    const tokens = ['default', 'billing'].flatMap((store) => PARTS.map((part) => partToken(store, part)));
    expect(new Set(tokens).size).toBe(2 * PARTS.length);
    expect(getEventStoreToken('billing')).not.toBe(getEventStoreToken());
    expect(getEventStoreToken('default')).toBe(getEventStoreToken());
  });
});
