/**
 * Which of several media types a client likes best, by its `Accept` header (RFC 9110, section 12.5.1). Of those that it
 * likes the same, the one that it names first; of those that it does not name (`any type at all`), the first that is
 * offered. A client that takes none of them, or sends no header, gets that one as well.
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

/** The most specific range says it: `text/*;q=0` leaves `text/html` out, whatever `any type at all` says. */
function bestMatch(type: string, ranges: Range[]): Match {
  const patterns = ['*/*', type.replace(/\/.*/, '/*'), type];
  const matches = ranges
    .map(({ range, quality, place }) => ({ quality, specificity: patterns.indexOf(range), place }))
    .filter(({ specificity }) => specificity >= 0)
    .toSorted((a, b) => b.specificity - a.specificity);
  return matches[0] ?? { quality: 0, specificity: 0, place: 0 };
}
