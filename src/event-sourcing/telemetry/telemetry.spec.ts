import { describe, expect, it } from '@jest/globals';
import { Telemetry } from './telemetry.js';

describe('telemetry', () => {
  it('tells every observer the events that it has a method for', () => {
    const telemetry = new Telemetry();
    const told: unknown[] = [];
    telemetry.observe({ batchSent: (appends, events) => told.push(['first', appends, events]) });
    telemetry.observe({ conflictMet: () => told.push(['second']) });
    telemetry.batchSent(2, 5);
    telemetry.conflictMet();
    telemetry.decidedAgain();
    expect(told).toEqual([['first', 2, 5], ['second']]);
  });

  it('tells an observer nothing more after its end', () => {
    const telemetry = new Telemetry();
    let conflicts = 0;
    const end = telemetry.observe({ conflictMet: () => conflicts++ });
    telemetry.conflictMet();
    end();
    telemetry.conflictMet();
    expect(conflicts).toBe(1);
  });
});
