/** @param found one more than the page takes, if there are more; the latest first */
export function latestFirst<Item extends { id: number }>(
  found: Item[],
  limit: number,
): { items: Item[]; nextCursor: string | null } {
  const items = found.slice(0, limit);
  return { items, nextCursor: found.length > limit ? String(items.at(-1)!.id) : null };
}
