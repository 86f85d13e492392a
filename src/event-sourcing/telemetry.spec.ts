import { describe, expect, it } from '@jest/globals';
import { Telemetry } from './telemetry.js';

describe('telemetry', () => {
  it('tells every observer, of what each wants to know', () => {
    const telemetry = new Telemetry();
    const told: unknown[] = [];
    telemetry.observe({ batchSent: (appends, events) => told.push(['first', appends, events]) });
    telemetry.observe({ conflictMet: () => told.push(['second']) });
    telemetry.batchSent(2, 5);
    telemetry.conflictMet();
    telemetry.decidedAgain();
    expect(told).toEqual([['first', 2, 5], ['second']]);
  });

  it('tells nothing more to one that has ended its observation', () => {
    const telemetry = new Telemetry();
    let conflicts = 0;
    const end = telemetry.observe({ conflictMet: () => conflicts++ });
    telemetry.conflictMet();
    end();
    telemetry.conflictMet();
    expect(conflicts).toBe(1);
  });
});
