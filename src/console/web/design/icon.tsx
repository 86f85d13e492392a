/** Line drawings of 16 by 16. */
const PATHS = {
  overview: 'M2 9.5 5 6l3 3 6-6.5M2 13.5h12',
  log: 'M2.5 3.5h11M2.5 6.5h7M2.5 9.5h11M2.5 12.5h5',
  stream: 'M2 8h12M4 8a1.5 1.5 0 1 0 0-.01M8.5 8a1.5 1.5 0 1 0 0-.01M13 8a1.5 1.5 0 1 0 0-.01',
  projections: 'M2.5 3h11v3h-11zM2.5 10h4v3h-4zM9.5 10h4v3h-4zM8 6v2M4.5 10V8h7v2',
  parked: 'M8 1.8 14.5 13h-13zM8 6v3.2M8 11v.2',
  row: 'M2.5 3h11v10h-11zM2.5 6.5h11M2.5 9.8h11M6.5 3v10',
  processes: 'M2.5 2.5h4v4h-4zM9.5 9.5h4v4h-4zM6.5 4.5h5v5M4.5 6.5v5h5',
  timers: 'M8 4a5 5 0 1 0 0 10 5 5 0 0 0 0-10M8 6.5V9l1.8 1.2M6.5 1.5h3',
  operations: 'M8 2a6 6 0 1 1-5.6 3.9M2 2.5v3.6h3.6M8 5v3.3l2.2 1.5',
  search: 'M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9M10.3 10.3 14 14',
  empty: 'M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11M4.2 11.8l7.6-7.6',
  failed: 'M8 3.5v5.2M8 11.6v.2',
  'too-much': 'M3 4h10M3 8h10M3 12h10',
  next: 'M6 3.5 10.5 8 6 12.5',
} as const;

export type IconName = keyof typeof PATHS;

const Drawing = ({ name }: { name: IconName }) => (
  <svg width="16" height="16" viewBox="0 0 16 16" fill="none" stroke="currentColor" aria-hidden="true">
    <path d={PATHS[name]} stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round" />
  </svg>
);

/** In a circle, above the words of a state. */
export const Icon = ({ name }: { name: IconName }) => (
  <span class="glyph">
    <Drawing name={name} />
  </span>
);

export { Drawing };
