import { type Signal, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { asProblem, get, isAbort, path, post } from '../../api/client.js';
import type { Problem } from '../../api/problem.js';
import type { Page, ParkedKey, RetryOutcome } from '../../api/types.js';
import { Button } from '../../design/button.js';
import { Confirm } from '../../design/confirm.js';
import { grouped, plural } from '../../design/figures.js';
import { ProblemLine } from '../../design/states.js';

export interface RetryAllProps {
  name: string;
  count: number;
  onStart: () => void;
  onEnd: () => void;
}

interface Progress {
  done: number;
  free: number;
  state: 'under way' | 'stopped' | 'done';
  problem?: Problem;
}

const KEYS_A_REQUEST = 200;

/** Retries every parked key, one after the other, and can be stopped in between. It ends when the person leaves. */
export function RetryAll({ name, count, onStart, onEnd }: RetryAllProps) {
  const isAsked = useSignal(false);
  const progress = useSignal<Progress | undefined>(undefined);
  const end = useRef(new AbortController());
  useEffect(() => () => end.current.abort(), []);
  const begin = async () => {
    end.current = new AbortController();
    onStart();
    await retryAll(name, progress, end.current.signal);
    onEnd();
  };
  return (
    <>
      {progress.value && (
        <ProgressLine of={progress.value} count={count} onStop={() => end.current.abort()} />
      )}
      <Button
        isSmall
        isDisabled={count === 0 || progress.value?.state === 'under way'}
        onClick={() => (isAsked.value = true)}
      >
        Retry all …
      </Button>
      {isAsked.value && (
        <Confirm
          title={`Retry ${plural(count, 'parked key')} of ${name}?`}
          effects={[
            'Each key is folded again from the event at which it is parked, one key after the other.',
            'A key whose event still cannot be folded stays parked. Nothing is skipped.',
            'You can stop in between. Mend the cause first.',
          ]}
          verb="Retry all"
          perform={async () => void begin()}
          onClose={() => (isAsked.value = false)}
        />
      )}
    </>
  );
}

async function retryAll(
  name: string,
  progress: Signal<Progress | undefined>,
  signal: AbortSignal,
): Promise<void> {
  const now: Progress = { done: 0, free: 0, state: 'under way' };
  const show = (change: Partial<Progress>) => (progress.value = Object.assign(now, change) && { ...now });
  show({});
  try {
    for (let after: string | null = ''; after !== null;) {
      const query = { after, limit: KEYS_A_REQUEST };
      const page: Page<ParkedKey> = await get(path`projections/${name}/parked`, { query, signal });
      for (const { key } of page.items) {
        const outcome = await post<RetryOutcome>(path`projections/${name}/parked/${key}/retry`, undefined, {
          signal,
        });
        show({ done: now.done + 1, free: now.free + (outcome.parked === undefined ? 1 : 0) });
      }
      after = page.nextCursor;
    }
    show({ state: 'done' });
  } catch (error) {
    show(isAbort(error) ? { state: 'stopped' } : { state: 'stopped', problem: asProblem(error) });
  }
}

const ProgressLine = ({ of, count, onStop }: { of: Progress; count: number; onStop: () => void }) => (
  <>
    <span class="small muted" role="status">
      {of.state === 'under way' && `Retried ${grouped(of.done)} of about ${grouped(of.free + count)}: `}
      {of.state === 'stopped' && `Stopped after ${grouped(of.done)}: `}
      {of.state === 'done' && `Retried ${grouped(of.done)}: `}
      {`${grouped(of.free)} free, ${grouped(of.done - of.free)} still parked`}
    </span>
    {of.state === 'under way' && (
      <Button isSmall onClick={onStop}>
        Stop
      </Button>
    )}
    {of.problem && <ProblemLine problem={of.problem} />}
  </>
);
