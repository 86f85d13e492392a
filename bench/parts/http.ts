import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { PartContext, Part } from '../part.js';
import type { HttpLoadResult, HttpLoad } from '../http/http-load.js';
import { registerUsers } from '../http/hot-users.js';
import { withService } from '../http/service-process.js';
import { inTurn } from '../measure.js';
import type { Figures } from '../figures.js';
import { withClient, withDatabase } from '../server.js';

const run = promisify(execFile);
const HTTP_LOAD = join(import.meta.dirname, '../http/http-load.js');

const USERS = 100;
const CONNECTIONS = 32;
const WORK = `new preferences of hot users, ${CONNECTIONS} connections`;
const BARE = 'bare validated POST';
const SERVICE = 'PUT, projections on';

/** Only one service runs at a time: an idle one still has timers, and memory to collect. */
export const http: Part = {
  name: 'http',
  about: 'PUT /users/:id/preferences beside a Nest and Fastify route that validates and stores nothing',
  needsPeers: true,
  run: (context) =>
    withDatabase(context.url, 'eventfold_bench_http_off', (secondUrl) =>
      inTurn(
        context,
        { work: WORK, unit: 'requests/s' },
        {
          [BARE]: () => loadOfBare(context),
          [SERVICE]: () => loadOfService(context, { DATABASE_URL: context.url, PROJECTIONS: 'on' }),
          // A database of its own: its unfolded events must not keep the other service busy.
          'PUT, projections off': () =>
            loadOfService(context, { DATABASE_URL: secondUrl, PROJECTIONS: 'off' }),
        },
      ),
    ),
  claims: [{ work: WORK, of: SERVICE, against: BARE, figure: 'rate', atLeast: 0.45 }],
};

function loadOfBare(context: PartContext): Promise<Figures> {
  const userIds = Array.from({ length: USERS }, () => randomUUID());
  return withService('bench/http/bare-service.js', {}, async (url) =>
    toFigures(await sendLoad(context, { url, kind: 'posts', userIds })),
  );
}

function loadOfService(
  context: PartContext,
  environment: { DATABASE_URL: string; PROJECTIONS: string },
): Promise<Figures> {
  return withService('src/main.js', environment, async (url) => {
    const userIds = await registerUsers(url, USERS);
    const result = await sendLoad(context, { url, kind: 'preferences', userIds });
    await checkStored(environment.DATABASE_URL, userIds, result.ok + result.warmUp);
    return toFigures(result);
  });
}

async function sendLoad(
  { sliceMs, stop }: PartContext,
  aim: Pick<HttpLoad, 'url' | 'kind' | 'userIds'>,
): Promise<HttpLoadResult> {
  const seconds = Math.ceil(sliceMs / 1_000);
  const load: HttpLoad = {
    ...aim,
    connections: CONNECTIONS,
    // The service has far more code to warm up than the bare route.
    warmUpSeconds: 3 * seconds,
    seconds: 3 * seconds,
  };
  const { stdout } = await run(process.execPath, [HTTP_LOAD, JSON.stringify(load)], { signal: stop });
  return JSON.parse(stdout) as HttpLoadResult;
}

const toFigures = ({ perSecond, p50, p99 }: HttpLoadResult): Figures => ({ rate: perSecond, p50, p99 });

/** Every counted answer must be an event in the log. A few more requests were under way at the end. */
async function checkStored(url: string, userIds: readonly string[], answers: number): Promise<void> {
  await withClient(url, async (client) => {
    const { rows } = await client.query<{ events: number }>(
      `select count(*)::integer as events from eventfold.events
        where event_type = 'user.preferences_updated' and stream_id = any ($1)`,
      [userIds.map((userId) => `user-${userId}`)],
    );
    const { events } = rows[0]!;
    if (events < answers)
      throw new Error(`${answers} requests were answered, and ${events} events are in the log`);
  });
}
