import { to } from '../router/router.js';

export interface Suggestion {
  kind: string;
  text: string;
  href: string;
}

const POSITION = /^\d{1,15}$/;
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** The views that a text may lead to, the likeliest first. */
export function suggestionsFor(typed: string, projections: readonly string[]): Suggestion[] {
  const text = typed.trim();
  if (text === '') return [];
  const position = text.replaceAll(/[\s,.'_]/g, '');
  return [
    ...(POSITION.test(position)
      ? [{ kind: 'Position', text: position, href: to('log', { at: position }) }]
      : []),
    ...projections.filter((name) => name.includes(text)).map(ofProjection),
    ...(UUID.test(text) ? [ofStream(`user-${text.toLowerCase()}`), ofCorrelation(text)] : [ofStream(text)]),
    ...(UUID.test(text) ? [ofStream(text)] : [ofCorrelation(text)]),
    ...projections.map((projection) => ofRow(projection, text)),
  ];
}

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
