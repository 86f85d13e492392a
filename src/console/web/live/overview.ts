/**
 * What the whole page knows of the service, from one stream. A service of an older version has no such stream. Then the
 * page asks for the projections alone, every few seconds.
 */
import { effect, signal } from '@preact/signals';
import { asProblem, get } from '../api/client.js';
import type { Problem } from '../api/problem.js';
import { token } from '../api/token.js';
import type { Overview, Page, Projection, Sample } from '../api/types.js';
import type { LiveState } from './live-state.js';
import { LiveStream } from './live-stream.js';

/** The window of the charts, in ms. */
const SAMPLES_MS = 15 * 60_000;
const ASK_EVERY_MS = 3_000;

export const overview = signal<Overview | undefined>(undefined);
export const projections = signal<readonly Projection[] | undefined>(undefined);
/** Why there is no overview, or why there are no projections. */
export const overviewProblem = signal<Problem | undefined>(undefined);
/** Whether the service is of a version without an overview. */
export const hasNoOverview = signal(false);

/** Follows the service from now on, with each token that the person gives. */
export function followOverview(): void {
  effect(() => {
    void token.value;
    const stream = new LiveStream('overview', {
      onMessage: ({ data }) => take(JSON.parse(data) as Overview),
    });
    let asking: ReturnType<typeof setInterval> | undefined;
    const stop = stream.status.subscribe((status) => {
      overviewProblem.value = problemOf(status);
      if (status.state !== 'refused' || !isOld(status.problem)) return;
      hasNoOverview.value = true;
      void askForProjections();
      asking ??= setInterval(() => void askForProjections(), ASK_EVERY_MS);
    });
    return () => {
      clearInterval(asking);
      stop();
      stream.close();
    };
  });
}

/** Shows the status that an act has answered, before the stream does. */
export function showProjection(changed: Projection): void {
  projections.value = projections.peek()?.map((each) => (each.name === changed.name ? changed : each));
}

function take(news: Overview): void {
  hasNoOverview.value = false;
  overview.value = { ...news, samples: joined(overview.peek()?.samples ?? [], news.samples) };
  projections.value = news.projections;
}

/** After a new connection, the first message has all samples again. */
export function joined(known: readonly Sample[], news: readonly Sample[]): Sample[] {
  const all = new Map([...known, ...news].map((sample) => [sample.at, sample]));
  const sorted = [...all.values()].toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at));
  const newest = Date.parse(sorted.at(-1)?.at ?? '');
  return sorted.filter(({ at }) => Date.parse(at) > newest - SAMPLES_MS);
}

async function askForProjections(): Promise<void> {
  try {
    const { items } = await get<Page<Projection>>('projections');
    projections.value = items;
    overviewProblem.value = undefined;
  } catch (error) {
    overviewProblem.value = asProblem(error);
  }
}

const problemOf = (status: LiveState): Problem | undefined =>
  'problem' in status ? status.problem : undefined;

const isOld = (problem: Problem): boolean => problem.isMissingRoute || problem.type === 'not-live';
