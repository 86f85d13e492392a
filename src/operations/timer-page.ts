import type { TimerPage } from '../event-sourcing/index.js';
import type { TimerPageBody } from './timer-bodies.js';

/** The page as the route and the command show it. */
export const timerPageOf = ({ timers, nextCursor }: TimerPage): TimerPageBody => ({
  items: timers,
  nextCursor,
});
