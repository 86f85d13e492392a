import { useSignal } from '@preact/signals';
import { asProblem, path, post } from '../../api/client.js';
import type { Problem } from '../../api/problem.js';
import type { ParkedKey, RetryOutcome } from '../../api/types.js';
import { Button } from '../../design/button.js';
import { grouped, plural } from '../../design/figures.js';
import { JsonText } from '../../design/json-text.js';
import { ProblemLine } from '../../design/states.js';
import { Time } from '../../design/time.js';
import { to } from '../../router/router.js';
import { SkipDialog } from './skip-dialog.js';

export interface ParkedDetailsProps {
  projection: string;
  of: ParkedKey;
  /** After an act that has changed the key. */
  onChange: () => void;
}

/** The event that cannot be folded, the whole error, and what can be done about them. */
export function ParkedDetails({ projection, of, onChange }: ParkedDetailsProps) {
  const isAsked = useSignal(false);
  return (
    <div class="parked-details">
      <div class="actions">
        <Retry projection={projection} of={of} onChange={onChange} />
        <Button onClick={() => (isAsked.value = true)}>Skip the event …</Button>
        <a class="button" href={to('row', { projection, key: of.key })}>
          The row
        </a>
        <a class="button" href={to('stream', { id: of.event.streamId })}>
          The stream
        </a>
      </div>
      <div class="columns">
        <div>
          <h3>Error</h3>
          <pre class="error">{of.error}</pre>
          <Attempts of={of} />
        </div>
        <div>
          <h3>Event at position {grouped(of.position)}</h3>
          <JsonText of={of.event} label="Event" />
        </div>
      </div>
      {isAsked.value && (
        <SkipDialog
          projection={projection}
          of={of}
          onDone={onChange}
          onClose={() => (isAsked.value = false)}
        />
      )}
    </div>
  );
}

/** When it was tried, and when it is tried again without an operator. */
const Attempts = ({ of: { failures, retryAt } }: { of: ParkedKey }) => (
  <ul class="faint">
    {failures.map(({ at, ms, error }) => (
      <li title={error}>
        Failed at <Time at={at} />, after {grouped(ms)} ms
      </li>
    ))}
    {retryAt !== null && (
      <li>
        Next attempt at <Time at={retryAt} />
      </li>
    )}
  </ul>
);

/** A retry loses nothing, so it does not ask. */
function Retry({ projection, of: { key }, onChange }: ParkedDetailsProps) {
  const isUnderWay = useSignal(false);
  const outcome = useSignal<RetryOutcome | undefined>(undefined);
  const problem = useSignal<Problem | undefined>(undefined);
  const retry = async () => {
    isUnderWay.value = true;
    problem.value = undefined;
    try {
      outcome.value = await post<RetryOutcome>(path`projections/${projection}/parked/${key}/retry`);
      if (outcome.value.parked === undefined) onChange();
    } catch (error) {
      problem.value = asProblem(error);
    } finally {
      isUnderWay.value = false;
    }
  };
  return (
    <>
      <Button kind="primary" isDisabled={isUnderWay.value} onClick={() => void retry()}>
        {isUnderWay.value ? 'Retrying …' : 'Retry'}
      </Button>
      {problem.value && <ProblemLine problem={problem.value} />}
      {outcome.value && <Outcome of={outcome.value} />}
    </>
  );
}

const Outcome = ({ of: { folded, parked } }: { of: RetryOutcome }) => (
  <p class={`notice ${parked ? 'warning' : ''}`} role="status">
    {parked ? (
      <span class="break">
        It is still parked, at position {grouped(parked.position)}: {parked.error}
      </span>
    ) : (
      `${plural(folded, 'event')} folded. The key is free.`
    )}
  </p>
);
