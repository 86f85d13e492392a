import { useEffect, useRef } from 'preact/hooks';
import type { StreamState } from '../../api/types.js';
import { grouped, plural } from '../../design/figures.js';
import { Time } from '../../design/time.js';

export interface TimelineProps {
  of: readonly StreamState[];
  chosen: number;
  onChoose: (version: number) => void;
}

/** The events of one page of versions. The chosen one stays in sight. */
export function Timeline({ of, chosen, onChoose }: TimelineProps) {
  const list = useRef<HTMLOListElement>(null);
  useEffect(() => {
    const current = list.current?.querySelector('[aria-current="true"]');
    if (current instanceof HTMLElement && list.current !== null) {
      const { offsetTop, offsetHeight } = current;
      const { scrollTop, clientHeight } = list.current;
      if (offsetTop < scrollTop || offsetTop + offsetHeight > scrollTop + clientHeight)
        list.current.scrollTop = offsetTop - clientHeight / 2;
    }
  }, [chosen, of]);
  return (
    <section class="panel">
      <header>
        <h2>Timeline</h2>
        <span class="small faint">
          versions {grouped(of[0]?.event.version ?? 0)} to {grouped(of.at(-1)?.event.version ?? 0)}
        </span>
      </header>
      <ol class="timeline" ref={list}>
        {of.map(({ event: { version, type, timestamp }, changes, failure }) => (
          <li key={version}>
            <button
              type="button"
              aria-current={version === chosen ? 'true' : undefined}
              onClick={() => onChoose(version)}
            >
              <span class="number faint">{grouped(version)}</span>
              <b class="break">
                <bdi>{type}</bdi>
              </b>
              <span class="small faint">
                <Time at={timestamp} /> ·{' '}
                {failure === null ? plural(changes.length, 'change') : 'cannot be applied'}
              </span>
            </button>
          </li>
        ))}
      </ol>
    </section>
  );
}
