import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { cpSync, existsSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { Api } from '../support/http/api.js';
import { eventually } from '../support/eventually.js';
import { processesOf } from '../support/processes/processes-of.js';
import { type Start, StartedService } from '../support/processes/started-service.js';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../..');
/** The number of services that may start at the same moment. */
const AT_ONCE = 4;
const READY = /Ready at (http:[\w:./]+)/;

/** A place for one service, with a database that is initialised and migrated, or none. */
class Place {
  constructor(
    readonly directory: string,
    private readonly root = ROOT,
  ) {}

  get dataDir(): string {
    return join(this.directory, 'data');
  }

  start(how: Start, environment: NodeJS.ProcessEnv = {}): StartedService {
    return StartedService.start(how, {
      root: this.root,
      mark: this.directory,
      environment: { DATA_DIR: this.dataDir, ...environment },
    });
  }

  async ready(how: Start, environment?: NodeJS.ProcessEnv): Promise<StartedService> {
    const service = this.start(how, environment);
    await service.says(READY);
    return service;
  }

  /** A session of another program at the service's database. */
  async session(): Promise<Client> {
    const password = await readFile(join(this.dataDir, 'postgres.password'), 'utf8');
    const port = Number(readFileSync(join(this.dataDir, 'postgres/postmaster.pid'), 'utf8').split('\n')[3]);
    const client = new Client({
      host: '127.0.0.1',
      port,
      user: 'eventfold',
      password,
      database: 'eventfold',
    });
    client.on('error', () => undefined); // the stop cuts it off
    await client.connect();
    return client;
  }
}

interface Way {
  name: string;
  /** Whether the data directory is empty. Default: it has a database. */
  isEmpty?: boolean;
  /** Brings a service to the state in which it is told to stop. Returns the way to tell it, and what ends then. */
  prepare(place: Place): Promise<{ tell: () => unknown; exitCode?: () => Promise<number | null> }>;
  /** The reason why it cannot be tried here. */
  skipped?: string | false;
}

interface Outcome {
  exitCode: number | null | undefined;
  tookMs: number;
  isDatabaseDown: boolean;
}

const kill = (pid: number, signal: NodeJS.Signals) => process.kill(pid, signal);

/** The service itself gets the signal. */
const toService = (signal: NodeJS.Signals): Way => ({
  name: `${signal} to the service`,
  prepare: async (place) => {
    const service = await place.ready('node');
    return { tell: () => service.child.kill(signal), exitCode: () => service.exitCode() };
  },
});

/** npm's own end at a SIGHUP does not matter here: npm ends at once. */
const toNpm = (signal: NodeJS.Signals): Way => ({
  name: `${signal} to npm alone`,
  prepare: async (place) => {
    const service = await place.ready('npm');
    const isPassedOn = signal === 'SIGTERM' || signal === 'SIGINT';
    return {
      tell: () => service.child.kill(signal),
      ...(isPassedOn && { exitCode: () => service.exitCode() }),
    };
  },
});

const toGroup: Way = {
  name: 'SIGTERM to the process group of npm',
  prepare: async (place) => {
    const service = await place.ready('npm');
    return { tell: () => service.signalGroup('SIGTERM'), exitCode: () => service.exitCode() };
  },
};

const twice: Way = {
  name: 'Ctrl-C, and a second one while it stops',
  prepare: async (place) => {
    const service = await place.ready('npm');
    const tell = async () => {
      service.signalGroup('SIGINT');
      await service.says(/SIGINT: finishing/);
      service.signalGroup('SIGINT');
    };
    return { tell, exitCode: () => service.exitCode() };
  },
};

/** The session's first shell ends, like a shell of a person, and the system then tells the others. */
const terminal: Way = {
  name: 'the terminal is closed',
  skipped: process.platform !== 'linux' && 'needs the program "script" of util-linux',
  prepare: async (place) => {
    const code = join(place.directory, 'code');
    const inner = join(place.directory, 'inner.sh');
    const service = `node src/launch/build-and-run.mjs service/main.js ${place.directory}`;
    await writeFile(inner, `trap : HUP; ${service}; echo $? > ${code}`);
    const session = place.start({ shell: `exec script -qfec 'sh ${inner}; :' /dev/null` });
    await session.says(READY);
    return { tell: () => session.child.kill('SIGKILL'), exitCode: () => writtenCode(code) };
  },
};

/** Its output has no reader any more, so its stop is not timed. */
const reader: Way = {
  name: 'the reader of the output has gone (npm start | head -1)',
  prepare: async (place) => {
    const code = join(place.directory, 'code');
    const service = `npm start -- ${place.directory} 2>&1; echo $? > ${code}`;
    place.start({ shell: `(${service}) | head -1` });
    return { tell: () => writtenCode(code), exitCode: () => writtenCode(code) };
  },
};

const shellBetween: Way = {
  name: 'npm is killed, and a shell stays between it and the service',
  prepare: async (place) => {
    // The outer shell stands for npm. Neither shell replaces itself by its last command.
    const inner = `node src/launch/build-and-run.mjs service/main.js ${place.directory}; :`;
    const npm = place.start({ shell: `sh -c "${inner}"; :` }, { npm_lifecycle_event: 'start' });
    await npm.says(READY);
    return { tell: () => npm.child.kill('SIGKILL') };
  },
};

const loading: Way = {
  name: 'it is loaded',
  prepare: async (place) => {
    const service = place.start('node');
    await eventually(() => expect(catchesHangUp(service.child.pid!)).toBe(true));
    return { tell: () => service.child.kill('SIGTERM'), exitCode: () => service.exitCode() };
  },
  skipped: process.platform !== 'linux' && 'needs /proc',
};

const initialising: Way = {
  name: 'initdb creates the database',
  isEmpty: true,
  prepare: async (place) => {
    const service = place.start('npm');
    await service.says(/First start/);
    return { tell: () => service.signalGroup('SIGINT'), exitCode: () => service.exitCode() };
  },
};

const starting: Way = {
  name: 'the database starts',
  prepare: async (place) => {
    const service = place.start('node');
    const log = join(place.dataDir, 'postgres/server.log'); // its start makes it longer
    const before = statSync(log).size;
    await eventually(() => expect(statSync(log).size).toBeGreaterThan(before));
    return { tell: () => service.signalGroup('SIGTERM'), exitCode: () => service.exitCode() };
  },
};

/** Stops it beside another instance, which stops last, although a session stays. */
const migrating: Way = {
  name: 'it waits to migrate, beside another instance',
  prepare: async (place) => {
    const first = await place.ready('node');
    const session = await place.session();
    await session.query(`select pg_advisory_lock(hashtextextended('eventfold.migrate', 0))`);
    // Without a pending migration, the second instance would not wait.
    const { rows } = await session.query<{ id: number; timestamp: string; name: string }>(
      `delete from eventfold.migrations where id = (select max(id) from eventfold.migrations) returning *`,
    );
    const { id, timestamp, name } = rows[0]!;
    const second = place.start('node');
    await eventually(async () => {
      const { rowCount } = await session.query('select from pg_locks where not granted');
      expect(rowCount).toBe(1);
    });
    const tell = async () => {
      second.child.kill('SIGTERM');
      expect(await second.exitCode()).toBe(0);
      await session.query('insert into eventfold.migrations (id, timestamp, name) values ($1, $2, $3)', [
        id,
        timestamp,
        name,
      ]); // the server is still there for the first instance
      first.child.kill('SIGTERM');
    };
    return { tell, exitCode: () => first.exitCode() };
  },
};

const stuck: Way = {
  name: 'a turn and a rebuild wait for a lock that is never released, beside another rebuild',
  prepare: async (place) => {
    const service = await place.ready('node');
    const session = await place.session();
    await session.query('begin; lock table eventfold.user_profiles in access exclusive mode');
    const api = new Api(READY.exec(service.output)![1]!);
    expect(await api.post('/users', { email: 'ada@example.org', name: 'Ada' })).toMatchObject({
      status: 201,
    });
    for (const name of ['user-profile', 'content-popularity']) {
      expect(await api.post(`/projections/${name}/rebuild`)).toMatchObject({ status: 202 });
    }
    await eventually(async () => {
      const { rowCount } = await session.query('select from pg_locks where not granted');
      expect(rowCount).toBeGreaterThan(1);
    });
    return { tell: () => service.child.kill('SIGTERM'), exitCode: () => service.exitCode() };
  },
};

const firstInContainer: Way = {
  name: 'SIGTERM to the service as process 1 of a container',
  skipped: (process.platform !== 'linux' || process.getuid!() !== 0) && 'needs root on Linux, for unshare',
  prepare: async (place) => {
    const shell = `exec unshare --pid --fork --kill-child node dist/service/main.js ${place.directory}`;
    const service = await place.ready({ shell });
    const pid = await service.servicePid();
    return { tell: () => kill(pid, 'SIGTERM'), exitCode: () => service.exitCode() };
  },
};

const building: Way = {
  name: 'npm start builds',
  prepare: async ({ directory }) => {
    const root = join(directory, 'project');
    const files = [
      'package.json',
      'tsconfig.json',
      'tsconfig.build.json',
      'rollup.config.js',
      'src',
      'migrations',
    ];
    for (const file of files) cpSync(join(ROOT, file), join(root, file), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'));
    const service = new Place(directory, root).start('npm');
    await service.says(/Building/);
    const compilers = () => processesOf(`${root}/node_modules/typescript`);
    await eventually(async () => expect(await compilers()).toHaveLength(1));
    return { tell: () => service.signalGroup('SIGINT'), exitCode: () => service.exitCode() };
  },
};

const WAYS: Way[] = [
  stuck, // the longest first
  initialising,
  migrating,
  toService('SIGHUP'),
  toNpm('SIGTERM'),
  toNpm('SIGHUP'),
  toNpm('SIGKILL'),
  toGroup,
  twice,
  terminal,
  reader,
  shellBetween,
  loading,
  starting,
  firstInContainer,
  building,
];

/** Node itself catches SIGINT and SIGTERM before any code runs, and SIGHUP only with a listener. */
function catchesHangUp(pid: number): boolean {
  const [, caught] = /SigCgt:\s*(\w+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))!;
  return (BigInt(`0x${caught}`) & 1n) === 1n;
}

async function writtenCode(file: string): Promise<number> {
  let code = '';
  await eventually(() => {
    code = readFileSync(file, 'utf8');
    expect(code).toMatch(/^\d+\n$/);
  });
  return Number(code);
}

describe('the service that is told to stop', () => {
  let home: string;
  const outcomes = new Map<string, Promise<Outcome>>();

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'eventfold-stopping-'));
    await chmod(home, 0o755); // a server that root starts runs as another user, who needs access
    const template = new Place(join(home, 'template'));
    await mkdir(template.directory);
    const service = await template.ready('node');
    service.child.kill('SIGTERM');
    expect(await service.exitCode()).toBe(0);
    tryAll(template);
  });
  afterAll(async () => {
    await Promise.allSettled(outcomes.values());
    for (const { pid } of await processesOf(home)) kill(pid, 'SIGKILL');
    await rm(home, { recursive: true, force: true });
  });

  /** Runs some at the same time, in the order of the list. */
  function tryAll(template: Place): void {
    const free = Array.from({ length: AT_ONCE }, () => Promise.resolve<unknown>(undefined));
    for (const [index, way] of WAYS.filter(({ skipped }) => !skipped).entries()) {
      const before = free[index % AT_ONCE]!;
      const outcome = before.then(() => attempt(way, template, join(home, `way-${index}-`)));
      outcomes.set(way.name, outcome);
      free[index % AT_ONCE] = outcome.catch(() => undefined);
    }
  }

  async function attempt(way: Way, template: Place, directory: string): Promise<Outcome> {
    const place = new Place(directory);
    await mkdir(directory);
    if (way.isEmpty !== true) await run('cp', ['-a', template.dataDir, place.dataDir]); // with its owner
    const { tell, exitCode } = await way.prepare(place);
    await tell();
    const told = performance.now();
    const code = await exitCode?.();
    const pidFile = join(place.dataDir, 'postgres/postmaster.pid');
    if (exitCode === undefined) await eventually(() => expect(existsSync(pidFile)).toBe(false)); // asks no program yet
    await eventually(async () => expect(await processesOf(directory)).toEqual([]));
    const isDatabaseDown = !existsSync(pidFile);
    return { exitCode: code, tookMs: performance.now() - told, isDatabaseDown };
  }

  for (const { name, skipped } of WAYS) {
    if (skipped) it.skip(`${name} (${skipped})`, () => undefined);
    else {
      it(`ends with exit code 0 within 10 s and leaves nothing running: ${name}`, async () => {
        const { exitCode = 0, tookMs, isDatabaseDown } = await outcomes.get(name)!;
        expect({ exitCode, isDatabaseDown }).toEqual({ exitCode: 0, isDatabaseDown: true });
        expect(tookMs).toBeLessThan(10_000);
      });
    }
  }
});
