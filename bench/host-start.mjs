/**
 * The time that the import of Eventfold adds to the start of a monolith. It is measured from the beginning of the
 * process until it listens, on Express and on Fastify, with the core alone and with all four feature modules and their
 * routes. A host that validates and describes its routes has class-validator and @nestjs/swagger loaded already. A host
 * without both loads them for Eventfold's routes. All hosts take turns, so other work of the machine meets all of them.
 * The output is medians in ms.
 *
 *   npm run build && DATABASE_URL=postgres://... node bench/host-start.mjs [starts]
 *
 * The service or `migrationsFor()` must have migrated the database.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('../test/support/processes/host-process.mjs', import.meta.url));
const url = process.env.DATABASE_URL;
const starts = Number(process.argv[2] ?? 15);

async function start(options) {
  const child = fork(script, [JSON.stringify({ url, ...options })], { execArgv: ['--no-warnings'] });
  const ended = once(child, 'exit');
  const [{ startMs, cpuMs }] = await once(child, 'message');
  child.send('close');
  await ended;
  return { startMs, cpuMs };
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

for (const adapter of ['Express', 'Fastify']) {
  for (const validates of [true, false]) {
    const samples = { nothing: [], core: [], everything: [] };
    for (let round = 0; round < starts; round++) {
      for (const imports of Object.keys(samples)) {
        samples[imports].push(await start({ adapter, validates, imports }));
      }
    }
    console.log(`${adapter}, a host that ${validates ? 'validates and describes' : 'does neither'}`);
    for (const clock of ['startMs', 'cpuMs']) {
      const [nothing, core, everything] = Object.values(samples).map((sample) =>
        Math.round(median(sample.map((each) => each[clock]))),
      );
      console.log(`  ${clock}: ${nothing}, the core +${core - nothing}, everything +${everything - nothing}`);
    }
  }
}
