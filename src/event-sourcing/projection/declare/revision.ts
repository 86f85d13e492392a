/**
 * Whether a revision belongs to a newer build. The settings of a fold, after the number, make the revision another one,
 * not a newer one.
 */
export function isNewer(revision: string, than: string): boolean {
  return Number.parseInt(revision) > Number.parseInt(than);
}
