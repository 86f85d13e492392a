/** How many edits count as a typing error: two, or a quarter of the letters of a long name. */
const slipsIn = (name: string) => Math.max(2, name.length / 4);

/** The name that was probably meant, if one is close. Capitals do not count. */
export function closestName(given: string, names: readonly string[]): string | undefined {
  return names
    .map((name) => ({ name, edits: editsBetween(given.toLowerCase(), name.toLowerCase()) }))
    .filter(({ name, edits }) => edits <= slipsIn(name))
    .toSorted((one, other) => one.edits - other.edits)[0]?.name;
}

/** The number of insertions, deletions and replacements from one name to the other (Levenshtein, 1965). */
function editsBetween(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [index, letter] of Array.from(one).entries()) {
    const next = [index + 1];
    for (let to = 1; to <= other.length; to++) {
      const replaced = row[to - 1]! + (letter === other[to - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[to]! + 1, next[to - 1]! + 1));
    }
    row = next;
  }
  return row.at(-1)!;
}
