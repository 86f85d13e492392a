/**
 * The partition of a key that is not left to PostgreSQL. Stored positions depend on this hash: never change it. FNV-1a,
 * 32 bits, over UTF-16 code units.
 */
export function partitionOfKey(key: string, partitions: number): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < key.length; index++) {
    hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
  }
  return (hash >>> 0) % partitions;
}
