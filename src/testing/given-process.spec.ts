import { describe, expect, it } from '@jest/globals';
import { EventsHandler } from '@nestjs/cqrs';
import { AssertionError } from 'node:assert';
import {
  DomainEvent,
  InvalidOptionsError,
  Process,
  ProcessManager,
  type ProcessOptions,
  type RefusedCommand,
  type Step,
  type When,
} from '../event-sourcing/index.js';
import { givenProcess } from './given-process.js';

class Baked extends DomainEvent<'jar.baked', { jar: string; cookies: number }> {
  static readonly type = 'jar.baked';
  readonly type = Baked.type;
}

class Eaten extends DomainEvent<'jar.eaten', { jar: string }> {
  static readonly type = 'jar.eaten';
  readonly type = Eaten.type;
}

class Bake {
  constructor(
    readonly jar: string,
    readonly cookies: number,
  ) {}
}

class Unlisted {}

interface JarState {
  cookies: number;
  refusals: readonly string[];
}
type JarStep = Step<JarState, 'stale'>;

const OPTIONS: ProcessOptions = { name: 'jar', key: 'jar', startsOn: [Baked], commands: { bake: Bake } };

/** @param eaten what follows when the jar is empty */
function jarProcess(options: Partial<ProcessOptions> = {}, eaten?: (step: JarStep) => unknown) {
  @Process({ ...OPTIONS, ...options })
  @EventsHandler(Baked, Eaten)
  class Jar extends ProcessManager<JarState, Baked | Eaten, 'stale'> {
    protected readonly initialState: JarState = { cookies: 0, refusals: [] };
    protected readonly when: When<JarState, Baked | Eaten, 'stale'> = {
      'jar.baked': ({ data }, { state, schedule }) => {
        schedule('stale', { in: '2d' }, { tray: 1 });
        return { ...state, cookies: state.cookies + data.cookies };
      },
      'jar.eaten': (_, step) => {
        const { key, state, cancel, execute } = step;
        if (eaten !== undefined) return eaten(step) as JarState;
        if (state.cookies > 1) return { ...state, cookies: state.cookies - 1 };
        cancel('stale');
        execute(new Bake(key, 12));
        return { ...state, cookies: 0 };
      },
      stale: ({ data }, { key, append, end }) => {
        append(`bin-${key}`, { type: 'bin.filled', data });
        end();
      },
    };

    protected override commandRefused({ code }: RefusedCommand, { state }: JarStep): JarState {
      return { ...state, refusals: [...state.refusals, code] };
    }
  }
  return Jar;
}

const Jar = jarProcess();
const baked = new Baked({ jar: 'a', cookies: 1 });
const eaten = new Eaten({ jar: 'a' });

describe('givenProcess', () => {
  it('compares commands, timers and state with what has followed from the last event', () => {
    givenProcess(Jar)
      .when(baked)
      .then({ timers: { stale: '2025-01-03T00:00:01Z' }, state: { cookies: 1, refusals: [] } })
      .when(eaten)
      .then({ commands: [new Bake('a', 12)], timers: {}, ended: false });
  });

  it('fires timers by moving the time, with their data, and passes over what comes after the end', () => {
    const binned = new (class extends DomainEvent<'bin.filled'> {
      readonly type = 'bin.filled';
    })({ tray: 1 });
    givenProcess(Jar, [baked])
      .at('2025-01-02T23:59:59Z')
      .then({ timers: { stale: '2025-01-03T00:00:01Z' } })
      .at(new Date('2025-01-03T00:00:01Z'))
      .then({ events: [binned], ended: true })
      .when(eaten)
      .then({ commands: [] });
  });

  it('replaces a timer of the same name, and fires those that are due before an event', () => {
    givenProcess(Jar, [baked])
      .at('2025-01-02T00:00:00Z')
      .when(baked)
      .then({ timers: { stale: '2025-01-04T00:00:00Z' } });
  });

  it('tells of a refusal, and starts by what starts a process alone', () => {
    givenProcess(Jar, [baked, eaten])
      .whenRefused(new Bake('a', 12), { code: 'oven.is-cold' })
      .then({ state: { cookies: 0, refusals: ['oven.is-cold'] } });
    givenProcess(Jar)
      .when(eaten)
      .then({ state: { cookies: 0, refusals: [] }, timers: {} });
  });

  it('fails with the difference', () => {
    const after = givenProcess(Jar, [baked]).when(eaten);
    expect(() => after.then({})).toThrow(AssertionError);
    expect(() => after.then({ commands: [new Bake('a', 11)] })).toThrow(
      /jar should have sent these commands/,
    );
    expect(() => after.then({ commands: [new Bake('a', 12)], ended: true })).toThrow(/should have ended/);
    expect(() => givenProcess(Jar, [baked]).at('2020-01-01')).toThrow(/is no time from/);
  });

  it.each<[string, () => unknown, RegExp]>([
    ['no class', () => givenProcess(undefined as never), /takes a class that extends ProcessManager/],
    ['another class', () => givenProcess(Unlisted as never), /takes a class that extends ProcessManager/],
    ['a past that is no array', () => givenProcess(Jar, baked as never), /must be an array/],
    [
      'a past with a gap',
      () => givenProcess(Jar, [baked, undefined as never]),
      /Event 2 of the test is undefined/,
    ],
    ['no event', () => givenProcess(Jar).when(undefined as never), /Event 1 of the test is undefined/],
    [
      'an event of another key',
      () => givenProcess(Jar, [baked]).when(new Eaten({ jar: 'other' })),
      /The event is about the process "other", and this is "a"/,
    ],
    [
      'a refusal after the end',
      () =>
        givenProcess(
          jarProcess({}, ({ end }) => end()),
          [baked],
        )
          .when(eaten)
          .whenRefused(new Bake('a', 12), { code: 'no' }),
      /has ended: a refused command would make it stuck/,
    ],
    [
      'an expectation that is misspelt',
      () => givenProcess(Jar, [baked]).then({ command: [] } as never),
      /it does not know "command"/,
    ],
  ])('says what is wrong with %s', (_, mistake, says) => {
    expect(mistake).toThrow(AssertionError);
    expect(mistake).toThrow(says);
  });

  it.each<[string, (step: JarStep) => unknown, RegExp]>([
    [
      'a command that is not listed',
      ({ execute }) => execute(new Unlisted()),
      /a Unlisted, which "commands"/,
    ],
    ['a promise', async () => undefined, /returned no state/],
    ['a state that the log cannot store', () => ({ at: new Date() }), /is a Date/],
    [
      'a timer without a function',
      ({ schedule }) => schedule('late' as 'stale', { in: '1s' }),
      /no function for the timer/,
    ],
    ['a wrong time', ({ schedule }) => schedule('stale', { in: 'soon' as '1s' }), /step.schedule: time is/],
  ])('refuses %s', (_, code, says) => {
    expect(() => givenProcess(jarProcess({}, code), [baked]).when(eaten)).toThrow(says);
  });

  it('refuses a call after the step', async () => {
    let late: Promise<unknown> | undefined;
    const Late = jarProcess({}, ({ end }) => {
      late = Promise.resolve().then(end);
    });
    givenProcess(Late, [baked]).when(eaten).then({ ended: false });
    await expect(late).rejects.toThrow('step.end was called after its step');
  });

  it.each<[Partial<ProcessOptions>, RegExp]>([
    [{ name: '' }, /@Process of Jar: name is ''/],
    [{ key: 5 as never }, /@Process of Jar: key is 5/],
    [{ stuckAfter: 'soon' as '1s' }, /stuckAfter is 'soon': it must be a number with the unit/],
    [{ stuckAfter: '0s' }, /stuckAfter is '0s': it must be a number with the unit .* above zero/],
    [{ retry: { for: '' as '1s' } }, /retry.for is ''/],
    [{ commands: { bake: Bake, again: Bake } }, /commands names Bake twice/],
    [{ commands: { bake: undefined as never } }, /a circular import leaves its class undefined/],
    [{ startsOn: [class Other extends Baked {}] }, /startsOn names Other/],
    [{ startsOn: [] }, /startsOn is \[\]: it must be an array of at least one event class/],
  ])('refuses the options %j', (options, says) => {
    expect(() => givenProcess(jarProcess(options))).toThrow(InvalidOptionsError);
    expect(() => givenProcess(jarProcess(options))).toThrow(says);
  });
});
