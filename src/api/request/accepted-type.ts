/**
 * The offered media type that a client prefers by its `Accept` header (RFC 9110, section 12.5.1). Among equally
 * preferred types, it is the one that the header names first. Among types that only `any type at all` covers, it is the
 * first offered one. A client that accepts none, or sends no header, also gets the first offered one.
 */
export function acceptedType<Type extends string>(
  accept: string | undefined,
  offered: readonly Type[],
): Type {
  const ranges = (accept ?? '').split(',').map(parseRange);
  const liked = offered
    .map((type) => ({ type, ...bestMatch(type, ranges) }))
    .filter(({ quality }) => quality > 0)
    .toSorted((a, b) => b.quality - a.quality || b.specificity - a.specificity || a.place - b.place);
  return liked[0]?.type ?? offered[0]!;
}

interface Range {
  range: string;
  quality: number;
  place: number;
}

interface Match {
  quality: number;
  specificity: number;
  place: number;
}

function parseRange(text: string, place: number): Range {
  const [range = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? '1';
  return { range, quality: Number(quality) || 0, place };
}

/** The most specific range decides: `text/*;q=0` excludes `text/html`, whatever `any type at all` says. */
function bestMatch(type: string, ranges: Range[]): Match {
  const patterns = ['*/*', type.replace(/\/.*/, '/*'), type];
  const matches = ranges
    .map(({ range, quality, place }) => ({ quality, specificity: patterns.indexOf(range), place }))
    .filter(({ specificity }) => specificity >= 0)
    .toSorted((a, b) => b.specificity - a.specificity);
  return matches[0] ?? { quality: 0, specificity: 0, place: 0 };
}
