import { describe, expect, it } from '@jest/globals';
import { stateSize } from './state-size.js';

describe('the size of a state', () => {
  const text = 'x'.repeat(1_000);
  const many = <Part>(part: (n: number) => Part) => Array.from({ length: 10_000 }, (_, n) => part(n));

  const fields = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, n) => [`field${count}-${n}`, n]));

  it.each<[string, unknown, number]>([
    ['a text', { name: text }, 2_000],
    ['a list', { watched: many(() => text) }, 20_000_000],
    ['a list of objects', { watched: many((n) => ({ n, title: text })) }, 20_000_000],
    ['a dictionary', { rated: Object.fromEntries(many((n) => [`film-${n}`, text])) }, 20_000_000],
    ['a map', new Map(many((n) => [n, text])), 20_000_000],
    ['a set', new Set(many((n) => `${text}${n}`)), 20_000_000],
    ['bytes', { poster: Buffer.alloc(100_000) }, 100_000],
    ['a list under many fields', { ...fields(40), history: many(() => text), ...fields(80) }, 20_000_000],
    [
      'a list under many fields, inside',
      { a: { b: { ...fields(17), history: many(() => text) } } },
      20_000_000,
    ],
    ['what it has inside', { a: { b: { c: [[text, text]] } } }, 4_000],
  ])('is about that of its parts: %s', (_what, state, bytes) => {
    expect(stateSize(state) / bytes).toBeGreaterThan(0.9);
    expect(stateSize(state) / bytes).toBeLessThan(1.3);
  });

  it('is small for a small state, and for none', () => {
    expect(stateSize({ isActive: true, plan: 'free', at: 1 })).toBeLessThan(500);
    expect([stateSize(undefined), stateSize(null), stateSize(7)]).toEqual([0, 0, 0]);
    expect(stateSize([])).toBeLessThan(100);
  });

  it('looks at a bounded number of parts', () => {
    const shared = (depth: number): object =>
      depth === 0
        ? { text }
        : Object.fromEntries(Array.from({ length: 30 }, (_, n) => [n, shared(depth - 1)]));
    const tree = shared(3);
    const began = performance.now();
    for (let times = 0; times < 20; times++) stateSize({ tree, again: tree, list: many(() => tree) });
    expect(performance.now() - began).toBeLessThan(2_000);
  });

  it('has an end for a state that has itself as a part', () => {
    const state: { self?: object } = {};
    state.self = state;
    expect(stateSize(state)).toBeLessThan(1_000);
  });
});
