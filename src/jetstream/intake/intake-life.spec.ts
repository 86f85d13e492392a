import { describe, expect, it } from '@jest/globals';
import { IntakeLife } from './intake-life.js';

describe('the life of an intake', () => {
  it('goes from off to connecting to running, and by waiting back to running', () => {
    const life = new IntakeLife();
    const states = [life.state];
    life.become('connecting');
    for (const step of [
      () => life.goOn('running'),
      () => life.goOn('running'),
      () => life.waitFor('the database is away'),
      () => life.goOn('running'),
    ]) {
      step();
      states.push(life.state);
    }
    expect(states).toEqual(['off', 'running', 'running', 'waiting', 'running']);
  });

  it('tells each reason for a wait once, and only while it waits', () => {
    const life = new IntakeLife();
    life.become('connecting');
    expect([life.waitFor('a'), life.waitFor('a'), life.waitFor('b')]).toEqual([true, false, true]);
    expect(life.waitingFor).toBe('b');
    life.goOn('running');
    expect(life.waitingFor).toBeNull();
    expect(life.waitFor('b')).toBe(true);
  });

  it('keeps stopping, whatever becomes of the last batch', () => {
    const life = new IntakeLife();
    life.become('connecting');
    life.become('stopping');
    life.goOn('running');
    expect(life.waitFor('the database is away')).toBe(false);
    expect([life.state, life.isEnding]).toEqual(['stopping', true]);
    life.become('stopped');
    expect(life.isEnding).toBe(true);
  });

  it('has no other transitions', () => {
    const life = new IntakeLife();
    expect(() => life.become('running')).toThrow('An intake that is off cannot become running.');
  });
});
