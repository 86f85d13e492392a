import { type EventsAhead, LogClock } from '../../event-sourcing/index.js';
import { withLog } from '../application.js';
import type { Terminal } from '../terminal/terminal.js';

interface CorrectTimesOptions {
  apply?: boolean;
}

export function correctTimes(terminal: Terminal, { apply = false }: CorrectTimesOptions): Promise<void> {
  return withLog(terminal, async (application) => {
    const clock = application.get(LogClock);
    const found = await (apply ? clock.correct() : clock.eventsAhead());
    await terminal.result({ applied: apply && found !== undefined, events: 0, ...found }, () =>
      found === undefined
        ? 'No event has a time that is still to come.'
        : [...described(found), '', apply ? APPLIED : NOT_APPLIED],
    );
  });
}

const described = ({ events, from, last, before }: EventsAhead) => [
  `  events  ${events.toLocaleString('en')}, from position ${from.toLocaleString('en')} to the end of the log`,
  `  last    ${last.toISOString()}`,
  `  before  ${before?.toISOString() ?? 'nothing'}`,
];

const APPLIED =
  'They have true times now. Restart the services, rebuild the read models that keep or count times, and take a new ' +
  'digest with "eventfold log verify".';
const NOT_APPLIED = 'Nothing is changed yet: --apply gives them true times.';
