import { describe, expect, it } from '@jest/globals';
import { Inject, Optional } from '@nestjs/common';
import { EventsHandler } from '@nestjs/cqrs';
import { AssertionError } from 'node:assert';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import {
  CurrentTurn,
  DomainEvent,
  InjectRows,
  Projection,
  type Recorded,
  Rows,
  touches,
} from '../event-sourcing/index.js';
import { givenReadModel, rowsOf } from './given-read-model.js';

class Filled extends DomainEvent<'jar.filled', { jar: string; cookies: number; shelf?: string }> {
  static readonly type = 'jar.filled';
  readonly type = Filled.type;
}

class Broken extends DomainEvent<'jar.broken', { jar: string }> {
  static readonly type = 'jar.broken';
  readonly type = Broken.type;
}

abstract class Named {
  @PrimaryColumn('text') name: string;
}

@Entity()
class Jar extends Named {
  @Column('integer') cookies: number;
  @Column('timestamptz', { name: 'filled_at' }) filledAt: Date;
  @Column('text', { nullable: true }) shelf?: string | null;
}

@Entity()
class Shelf extends Named {
  @Column('jsonb') jars: string[];
}

class Oven {
  constructor(readonly batch: number) {}
}

const JARS = {
  name: 'jars',
  revision: 1,
  rows: [touches(Jar, (event: Recorded<Filled>) => ({ name: event.data.jar }))],
};

@Projection(JARS)
@EventsHandler(Filled)
class Jars {
  constructor(@InjectRows(Jar) private readonly jars: Rows<Jar>) {}

  handle({ data: { jar, cookies }, timestamp }: Recorded<Filled>): void {
    const { cookies: before } = this.jars.find({ name: jar }) ?? { cookies: 0 };
    this.jars.put({ name: jar, cookies: before + cookies, filledAt: timestamp });
  }
}

const jar = (name: string, cookies: number, second: number) => ({
  name,
  cookies,
  filledAt: new Date(Date.UTC(2025, 0, 1, 0, 0, second)),
});
const failure = (test: () => unknown): AssertionError => {
  try {
    test();
  } catch (error) {
    expect(error).toBeInstanceOf(AssertionError);
    return error as AssertionError;
  }
  throw new Error('It passed.');
};

describe('a read model that is given', () => {
  it('passes with the rows that are there then, in any order', () => {
    givenReadModel(Jars, [jar('a', 1, 0), jar('b', 7, 0)])
      .when(
        new Filled({ jar: 'a', cookies: 2 }),
        new Filled({ jar: 'c', cookies: 1 }),
        new Filled({ jar: 'a', cookies: 3 }),
      )
      .then([jar('c', 1, 2), jar('b', 7, 0), jar('a', 6, 3)]);
  });

  it('keeps what a test says of an event', () => {
    const late = Object.assign(new Filled({ jar: 'a', cookies: 2 }), { timestamp: new Date(5_000) });
    givenReadModel(Jars)
      .when(late)
      .then([{ name: 'a', cookies: 2, filledAt: new Date(5_000), shelf: null }]);
  });

  it('shows the difference', () => {
    const folded = givenReadModel(Jars).when(new Filled({ jar: 'a', cookies: 2 }));
    const { message } = failure(() => folded.then([jar('a', 3, 1)]));
    expect(message).toContain('Jars should have left other rows.');
    expect(message).toMatch(/^\+ +cookies: 2,$/m);
    expect(message).toMatch(/^- +cookies: 3,$/m);
    failure(() => folded.then([]));
    failure(() => folded.then([jar('a', 2, 1), jar('b', 0, 0)]));
  });

  it('says so when an event is not for the handler', () => {
    const broken = new Broken({ jar: 'a' }) as unknown as Filled;
    givenReadModel(Jars).when(broken).then([]);
    expect(
      failure(() =>
        givenReadModel(Jars)
          .when(broken)
          .then([jar('a', 0, 1)]),
      ).message,
    ).toContain('It does not list jar.broken in @EventsHandler.');
  });

  it('has one row of each key', () => {
    const folded = givenReadModel(Jars).when(new Filled({ jar: 'a', cookies: 2 }));
    expect(() => folded.then([jar('a', 1, 1), jar('a', 2, 1)])).toThrow('There are two rows a.');
  });

  it('knows the columns', () => {
    const misspelt = { ...jar('a', 1, 1), cokies: 1 };
    expect(() => givenReadModel(Jars).when().then([misspelt])).toThrow('Jar has no column "cokies".');
  });
});

describe('a handler that the database would punish', () => {
  const fold = (
    handle: (jars: Rows<Jar>, event: Recorded<Filled>, turn: CurrentTurn) => unknown,
    cookies = [2, 3],
  ) => {
    @Projection(JARS)
    @EventsHandler(Filled)
    class Careless {
      constructor(
        @InjectRows(Jar) private readonly jars: Rows<Jar>,
        private readonly turn: CurrentTurn,
      ) {}
      handle(event: Recorded<Filled>): void {
        handle(this.jars, event, this.turn);
      }
    }
    return givenReadModel(Careless, [jar('a', 1, 0)]).when(
      ...cookies.map((each) => new Filled({ jar: 'a', cookies: each })),
    );
  };

  it('fails for a row that it does not declare for the event', () => {
    const folded = fold((jars) => jars.put(jar('b', 1, 1)));
    const { message, cause } = failure(() => folded.then([]));
    expect(message).toMatch(/^Careless failed at event 1, jar.filled: Row b of Jar was not fetched/);
    expect((cause as Error).name).toBe('Error');
  });

  it('loses what it does not put back', () => {
    fold((jars, { data }) => (jars.find({ name: 'a' })!.cookies += data.cookies)).then([jar('a', 1, 0)]);
    fold((jars, { data }) => jars.change({ name: 'a' }, (row) => (row.cookies += data.cookies))).then([
      jar('a', 6, 0),
    ]);
  });

  it('fails with SQL of its own', () => {
    expect(failure(() => fold((_, __, turn) => turn.manager.query('select 1')).then([])).message).toContain(
      'SQL of a handler of its own needs a database',
    );
    expect(failure(() => fold((_, __, turn) => turn.tableOf(Jar)).then([])).message).toContain(
      'needs a database',
    );
  });

  it('fails with what it throws', () => {
    const folded = fold((_, { data }) => {
      if (data.cookies === 3) throw new Error('Burnt.');
    });
    expect(failure(() => folded.then([])).message).toBe('Careless failed at event 2, jar.filled: Burnt.');
  });
});

describe('a handler with more than one table, and dependencies', () => {
  @Projection({
    name: 'shelves',
    revision: 1,
    rows: [
      ...JARS.rows,
      touches(Shelf, ({ data }: Recorded<Filled>) =>
        data.shelf === undefined ? undefined : { name: data.shelf },
      ),
    ],
  })
  @EventsHandler(Filled)
  class Shelves {
    @InjectRows(Shelf) private readonly shelves: Rows<Shelf>;

    constructor(
      private readonly oven: Oven,
      @InjectRows(Jar) private readonly jars: Rows<Jar>,
      @Inject('label') private readonly label: string,
      @Optional() @Inject('colour') private readonly colour?: string,
    ) {}

    async handle({ data, timestamp }: Recorded<Filled>): Promise<void> {
      await Promise.resolve();
      if (data.cookies < 0) throw new Error('Burnt.');
      this.jars.put({ name: data.jar, cookies: this.oven.batch, filledAt: timestamp });
      if (data.shelf === undefined) return;
      const shelf = this.shelves.find({ name: data.shelf }) ?? { name: data.shelf, jars: [] };
      shelf.jars.push(`${this.label} ${data.jar} ${this.colour ?? ''}`);
      this.shelves.put(shelf);
    }
  }
  const dependencies = [
    { provide: Oven, useValue: new Oven(9) },
    { provide: 'label', useValue: 'jar' },
  ];
  const folded = givenReadModel(Shelves, rowsOf(Shelf, { name: 'top', jars: ['old'] }), dependencies).when(
    new Filled({ jar: 'a', cookies: 1 }),
    new Filled({ jar: 'b', cookies: 1, shelf: 'top' }),
  );

  it('is waited for where it takes its time', async () => {
    await folded.then([
      ...rowsOf(Jar, jar('a', 9, 1), jar('b', 9, 2)),
      ...rowsOf(Shelf, { name: 'top', jars: ['old', 'jar b '] }),
    ]);
    await expect(folded.then(rowsOf(Jar, jar('a', 9, 1)))).rejects.toThrow(
      'Shelves should have left other rows',
    );
    const burnt = givenReadModel(Shelves, [], dependencies).when(new Filled({ jar: 'a', cookies: -1 }));
    await expect(burnt.then([])).rejects.toThrow('Shelves failed at event 1, jar.filled: Burnt.');
  });

  it('wants to know whose rows they are', async () => {
    await expect(folded.then([jar('a', 9, 1)])).rejects.toThrow('Shelves has several tables');
  });

  it('names a dependency that is not given', () => {
    expect(() => void givenReadModel(Shelves).when().then([])).toThrow(
      'Shelves depends on Oven, which is not given: givenReadModel(Shelves, rows, [{ provide: Oven, useValue: ... }]).',
    );
  });
});

it('is a projection', () => {
  class Nothing {
    handle(): void {}
  }
  expect(() => givenReadModel(Nothing).when().then([])).toThrow('Nothing is no projection');
});
