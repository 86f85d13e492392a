/** The states of a view that has nothing else to show: each is designed once, here. */
import type { ComponentChildren } from 'preact';
import type { Loaded } from '../api/resource.js';
import type { Problem } from '../api/problem.js';
import { Button } from './button.js';
import { Icon } from './icon.js';

export const Loading = ({ lines = 6 }: { lines?: number }) => (
  <div class="skeleton" role="status" aria-label="Loading">
    {Array.from({ length: lines }, (_, index) => (
      <i key={index} />
    ))}
  </div>
);

export const Empty = ({ title, children }: { title: string; children?: ComponentChildren }) => (
  <div class="state">
    <Icon name="empty" />
    <h2>{title}</h2>
    {children !== undefined && <p>{children}</p>}
  </div>
);

/** There is more than a person can read: it says how to narrow it down. */
export const TooMuch = ({ title, children }: { title: string; children?: ComponentChildren }) => (
  <div class="state too-much">
    <Icon name="too-much" />
    <h2>{title}</h2>
    <p>{children}</p>
  </div>
);

export interface FailedProps {
  problem: Problem;
  onRetry?: (() => void) | undefined;
}

export function Failed({ problem, onRetry }: FailedProps) {
  if (problem.isMissingRoute) return <TooOld />;
  return (
    <div class="state failed" role="alert">
      <Icon name="failed" />
      <h2>{problem.title}</h2>
      <p class="break">{problem.detail}</p>
      <Correlation problem={problem} />
      {onRetry && <Button onClick={onRetry}>Try again</Button>}
    </div>
  );
}

/** The service answers 404 for a route that this page knows. */
const TooOld = () => (
  <div class="state">
    <Icon name="empty" />
    <h2>This service does not have that yet</h2>
    <p>It is of an older version than this page. Everything else works.</p>
  </div>
);

const Correlation = ({ problem: { type, correlationId } }: { problem: Problem }) => (
  <p class="small faint break">
    <code>{type}</code>
    {correlationId !== null && (
      <>
        {' · correlation id '}
        <code>{correlationId}</code>
      </>
    )}
  </p>
);

/** A problem in a line, above what is still shown. */
export const ProblemLine = ({ problem, onRetry }: FailedProps) => (
  <div class="notice alarm" role="alert">
    <span class="break">
      <strong>{problem.title}.</strong> {problem.detail}
      {problem.correlationId !== null && (
        <span class="small faint">
          {' '}
          Correlation id <code>{problem.correlationId}</code>
        </span>
      )}
    </span>
    {onRetry && (
      <Button isSmall onClick={onRetry}>
        Try again
      </Button>
    )}
  </div>
);

export interface ShownProps<Value> {
  of: Loaded<Value>;
  onRetry?: () => void;
  children: (value: Value) => ComponentChildren;
}

/** Shows what has been loaded, or the state of the loading. What was there stays when a later question fails. */
export function Shown<Value>({ of, onRetry, children }: ShownProps<Value>) {
  if (of.state === 'loading') return <Loading />;
  if (of.state === 'ready') return <>{children(of.value)}</>;
  if (of.value === undefined) return <Failed problem={of.problem} onRetry={onRetry} />;
  return (
    <>
      <ProblemLine problem={of.problem} onRetry={onRetry} />
      {children(of.value)}
    </>
  );
}
