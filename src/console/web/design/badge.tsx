import type { Severity } from '../api/types.js';

export type Tone = Severity | 'busy' | 'idle';

/** A word for a state; its colour says the same again. */
export const Badge = ({ tone, children, title }: { tone: Tone; children: string; title?: string }) => (
  <span class={`badge ${tone}`} title={title}>
    {children}
  </span>
);

const TONES: Record<string, Tone> = {
  starting: 'busy',
  running: 'well',
  paused: 'warning',
  retrying: 'warning',
  stopped: 'alarm',
  blocked: 'alarm',
  'no-worker': 'alarm',
  'standing-by': 'warning',
};

/** The tone of a projection's status. A status that this page does not know yet is shown without one. */
export const toneOf = (status: string): Tone => TONES[status] ?? 'idle';
