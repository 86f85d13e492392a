import { beforeEach, describe, expect, it } from '@jest/globals';
import { RelayCondition } from './relay-condition.js';

const AGREES = { place: { position: 7, eventId: 'a' }, divergedAt: undefined };
const DIFFERS = { place: { position: 7, eventId: 'a' }, divergedAt: 5 };

describe('the condition of a relay', () => {
  let told: string[];
  let condition: RelayCondition;

  beforeEach(() => {
    told = [];
    condition = new RelayCondition('EVENTFOLD', ({ state, reason }) => told.push(`${state}: ${reason}`));
  });

  it('begins off, and waits until stream and log are known to agree', () => {
    expect(condition.report).toEqual({ state: 'off', position: null, divergedAt: null, reason: null });
    condition.started();
    expect(condition.report.state).toBe('waiting');
    condition.compared(AGREES);
    expect(condition.report).toEqual({ state: 'running', position: 7, divergedAt: null, reason: null });
    condition.stopped();
    expect(condition.report.state).toBe('off');
  });

  it('keeps a divergence in mind while the broker is away, until both agree again', () => {
    condition.started();
    condition.compared(DIFFERS);
    condition.failed(new Error('no broker'));
    expect(condition.report).toMatchObject({ state: 'diverged', divergedAt: 5, position: 7 });
    expect(condition.report.reason).toMatch(/position 5/);
    condition.compared(AGREES);
    expect(condition.report).toMatchObject({ state: 'running', divergedAt: null });
  });

  it('tells each change once', () => {
    condition.started();
    for (let times = 0; times < 3; times++) condition.failed(new Error('no broker'));
    for (let times = 0; times < 3; times++) condition.compared(AGREES);
    expect(told).toEqual(['waiting: connecting', 'waiting: no broker', 'running: null']);
  });

  it('never goes back, since acknowledgements may come out of order', () => {
    condition.started();
    condition.compared(AGREES);
    condition.reached(9);
    condition.reached(8);
    expect(condition.report.position).toBe(9);
  });
});
