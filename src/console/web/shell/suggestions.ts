import { to } from '../router/router.js';

export interface Suggestion {
  kind: string;
  text: string;
  href: string;
}

const POSITION = /^\d{1,15}$/;
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** What the suggestions depend on, beside the text. */
export interface Known {
  projections: readonly string[];
  streamPrefixes: readonly string[];
}

/** The views that a text may lead to, the likeliest first. */
export function suggestionsFor(typed: string, { projections, streamPrefixes }: Known): Suggestion[] {
  const text = typed.trim();
  if (text === '') return [];
  const position = text.replaceAll(/[\s,.'_]/g, '');
  const prefixes = UUID.test(text) ? streamPrefixes : [];
  return [
    ...(POSITION.test(position) ? [ofPosition(position)] : []),
    ...projections.filter((name) => name.includes(text)).map(ofProjection),
    ...prefixes.map((prefix) => ofStream(prefix + text.toLowerCase())),
    ...(UUID.test(text) ? [ofCorrelation(text), ofStream(text)] : [ofStream(text), ofCorrelation(text)]),
    ...projections.map((projection) => ofRow(projection, text)),
  ];
}

const ofPosition = (position: string): Suggestion => ({
  kind: 'Position',
  text: position,
  href: to('log', { at: position }),
});

const ofProjection = (name: string): Suggestion => ({
  kind: 'Projection',
  text: name,
  href: to('projection', { name }),
});

const ofStream = (id: string): Suggestion => ({ kind: 'Stream', text: id, href: to('stream', { id }) });

const ofCorrelation = (id: string): Suggestion => ({
  kind: 'Correlation id',
  text: id,
  href: to('correlation', { id }),
});

const ofRow = (projection: string, key: string): Suggestion => ({
  kind: 'Row',
  text: `${key} in ${projection}`,
  href: to('row', { projection, key }),
});
