import { readFilms, type Film } from './catalogue.js';
import { createPopulation, type SimulatedUser } from './population.js';
import { loadSize, viewingLoad, type ViewingEvent } from './viewing-load.js';

/** All requests of a run. They follow only from the seed, the numbers and `until`. */
export interface Load {
  films: Film[];
  users: SimulatedUser[];
  /** The number of events that `viewing` yields, repeats included. */
  viewingSize: number;
  viewing: () => Iterable<ViewingEvent>;
}

export interface LoadPlan {
  seed: number;
  users: number;
  events: number;
  days: number;
  until: Date;
}

export function createLoad(plan: LoadPlan): Load {
  const films = readFilms();
  const genres = [...new Set(films.map((film) => film.genre))].filter((genre) => genre !== 'unknown');
  const users = createPopulation(plan.seed, plan.users, genres);
  return {
    films,
    users,
    viewingSize: loadSize(plan.events),
    viewing: () => viewingLoad({ ...plan, films, users }),
  };
}
