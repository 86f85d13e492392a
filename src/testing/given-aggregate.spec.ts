import { describe, expect, it } from '@jest/globals';
import { AssertionError } from 'node:assert';
import { AggregateRoot, DomainEvent, EventfoldError, type Evolve } from '../event-sourcing/index.js';
import { givenAggregate } from './given-aggregate.js';

class Filled extends DomainEvent<'jar.filled', { cookies: number; note?: string | undefined }> {
  static readonly type = 'jar.filled';
  readonly type = Filled.type;
}

class Emptied extends DomainEvent<'jar.emptied'> {
  static readonly type = 'jar.emptied';
  readonly type = Emptied.type;
}

class JarRefused extends EventfoldError {
  readonly kind = 'refused';
  readonly code = 'jar.is-full';
}

interface JarState {
  cookies: number[];
}

class Jar extends AggregateRoot<JarState, Filled | Emptied> {
  static readonly stream = 'jar';
  static readonly events = [Filled];
  protected readonly initialState: JarState = { cookies: [] };
  protected readonly evolve: Evolve<JarState, Filled | Emptied> = {
    'jar.filled': (state, { data }) => ({ cookies: [...state.cookies, data.cookies] }),
    'jar.emptied': () => ({ cookies: [] }),
  };

  static of(id: string, cookies: number): Jar {
    const jar = new Jar(id);
    jar.fill(cookies);
    return jar;
  }

  fill(cookies: number): void {
    if (this.state.cookies.length >= 2) throw new JarRefused('Two fillings are enough.');
    this.raise(new Filled({ cookies, note: undefined }));
  }

  fillLate(cookies: number): void {
    this.raise(new Filled({ cookies }));
    throw new JarRefused('Too late.');
  }

  async fillSlowly(cookies: number): Promise<void> {
    await Promise.resolve();
    this.fill(cookies);
  }

  empty(): void {
    this.raise(new Emptied({}));
  }

  cheat(): void {
    this.state.cookies.push(1);
  }
}

const full = givenAggregate(Jar, 'j1', new Filled({ cookies: 1 }), new Filled({ cookies: 2 }));
const started = givenAggregate(Jar, 'j1', new Filled({ cookies: 1 }));
const failure = (test: () => unknown): AssertionError => {
  try {
    test();
  } catch (error) {
    expect(error).toBeInstanceOf(AssertionError);
    return error as AssertionError;
  }
  throw new Error('It passed.');
};

describe('an aggregate that is given', () => {
  it('passes when it raises what was expected, as the log stores it', () => {
    started.when((jar) => jar.fill(5)).then(new Filled({ cookies: 5 }));
    started.when(() => undefined).then();
  });

  it('may be a new one', () => {
    givenAggregate(Jar, 'j2')
      .when(() => Jar.of('j2', 7))
      .then(new Filled({ cookies: 7 }));
  });

  it('has the state of its events, frozen, and is as new for each decision', () => {
    expect(full.load().state).toEqual({ cookies: [1, 2] });
    expect(full.load().version).toBe(2);
    expect(() => full.load().cheat()).toThrow(TypeError);
    started.when((jar) => jar.fill(5)).then(new Filled({ cookies: 5 }));
    started.when((jar) => jar.fill(6)).then(new Filled({ cookies: 6 }));
  });

  it('shows the difference to what was expected', () => {
    const { message, actual, expected } = failure(() =>
      started.when((jar) => jar.fill(5)).then(new Filled({ cookies: 6 })),
    );
    expect(message).toContain('Jar j1 should have raised jar.filled:');
    expect(message).toMatch(/^\+ +cookies: 5$/m);
    expect(message).toMatch(/^- +cookies: 6$/m);
    expect([actual, expected]).toEqual([
      [{ type: 'jar.filled', data: { cookies: 5 } }],
      [{ type: 'jar.filled', data: { cookies: 6 } }],
    ]);
  });

  it.each([
    ['nothing was expected', () => started.when((jar) => jar.fill(5)).then()],
    ['nothing was raised', () => started.when(() => undefined).then(new Filled({ cookies: 5 }))],
    [
      'two were raised',
      () => started.when((jar) => [jar.fill(5), jar.empty()]).then(new Filled({ cookies: 5 })),
    ],
  ])('fails when %s', (_what, test) => {
    expect(failure(test).message).toContain('Jar j1 should have raised');
  });

  it('fails with what was thrown, where events were expected', () => {
    const { message, cause } = failure(() =>
      full.when((jar) => jar.fill(5)).then(new Filled({ cookies: 5 })),
    );
    expect(message).toBe(
      'Jar j1 should have raised jar.filled, and refused with "jar.is-full": Two fillings are enough.',
    );
    expect(cause).toBeInstanceOf(JarRefused);
    expect(failure(() => full.when((jar) => jar.cheat()).then()).message).toMatch(
      /^Jar j1 should have raised nothing, and failed: TypeError: /,
    );
  });

  it('fails for an event that no repository could load', () => {
    expect(failure(() => started.when((jar) => jar.empty()).then(new Emptied({}))).message).toBe(
      'Jar j1 raised jar.emptied, and could not be loaded again: list the class in Jar.events.',
    );
  });
});

describe('a refusal', () => {
  it('passes by its code', () => {
    full.when((jar) => jar.fill(5)).thenRefused('jar.is-full');
  });

  it.each([
    ['nothing is refused', started, (jar: Jar) => jar.fill(1), 'and raised jar.filled.'],
    [
      'another code is',
      full,
      (jar: Jar) => jar.fill(1),
      'and refused with "jar.is-full": Two fillings are enough.',
    ],
    ['it breaks down', full, (jar: Jar) => jar.cheat(), 'and failed: TypeError: '],
  ])('fails when %s', (_what, given, decide, told) => {
    const code = given === started ? 'jar.is-full' : 'jar.is-empty';
    const { message } = failure(() => given.when(decide).thenRefused(code));
    expect(message).toContain(`Jar j1 should have refused with "${code}", ${told}`);
  });

  it('comes before anything is raised', () => {
    expect(failure(() => started.when((jar) => jar.fillLate(1)).thenRefused('jar.is-full')).message).toBe(
      'Jar j1 should have refused with "jar.is-full" before it raised jar.filled: guards come first.',
    );
  });
});

describe('a decision that takes its time', () => {
  it('is waited for', async () => {
    await started.when((jar) => jar.fillSlowly(5)).then(new Filled({ cookies: 5 }));
    await full.when((jar) => jar.fillSlowly(5)).thenRefused('jar.is-full');
    await expect(started.when((jar) => jar.fillSlowly(5)).then()).rejects.toThrow(AssertionError);
    await expect(full.when((jar) => jar.fillSlowly(5)).then()).rejects.toThrow(AssertionError);
  });

  it('that is awaited without an end says so', async () => {
    const unended = started.when((jar) => jar.fill(5)) as unknown as Promise<void>;
    await expect(Promise.resolve(unended)).rejects.toThrow('end it with then(...events)');
  });
});
