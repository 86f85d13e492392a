import { describe, expect, it } from '@jest/globals';
import { hasAccountNumber } from './account-number.js';

describe('the number of a card or an account', () => {
  it.each([
    '4111111111111111',
    '4111 1111 1111 1111',
    '4111-1111-1111-1111',
    '4111 - 1111 - 1111 - 1111',
    '4111.1111.1111.1111',
    '4111\u00a01111\u00a01111\u00a01111',
    '4111\u20131111\u20131111\u20131111',
    '４１１１１１１１１１１１１１１１',
    '378282246310005',
    '3782 822463 10005',
    '4222222222222',
    '501800000009',
    '6304000000000000000',
    'Visa 4111 1111 1111 1111, 12/29',
    '"4111111111111111"',
    'DE89370400440532013000',
    'DE89 3704 0044 0532 0130 00',
    'IBAN: GB29 NWBK 6016 1331 9268 19',
    'NO9386011117947',
    'a604bae4-0140-4928-9425-2f026846bcdf 4111 1111 1111 1111',
    '4111-1111-1111-1111-2f026846bcdf',
  ])('is found in %j', (text) => {
    expect(hasAccountNumber(text)).toBe(true);
  });

  it.each([
    'credit_card',
    'card',
    'pm_1NxYzq2eZvKYlo2C4111111111111111',
    'tok_4111111111111111',
    'tok_visa',
    '4111111111111112',
    '411111111111',
    '41111111111111111111',
    '**** **** **** 1111',
    '0000000000000000',
    '3f2b8c1e-9d47-4d55-a7cb-2e2f1d9b6a10',
    '3F2B8C1E9D474D55A7CB2E2F1D9B6A10',
    'a604bae4-0140-4928-9425-2f026846bcdf',
    '57f70567-3639-4769-9650-a2ff8243c1c4',
    'card D4C920E5-A021-4B54-BACD-229974793692',
    'DE88370400440532013000',
    'DE8937040044053201300',
    'customer 4711, mandate 2026-01-31',
  ])('is not found in %j', (text) => {
    expect(hasAccountNumber(text)).toBe(false);
  });

  it('is looked for in a time that grows with the text alone', () => {
    const began = performance.now();
    for (const part of ['1 ', '12', 'AA11 ', '1--', 'A1-']) hasAccountNumber(part.repeat(100_000));
    expect(performance.now() - began).toBeLessThan(2_000);
  });
});
