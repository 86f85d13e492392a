/**
 * Whether a revision is of a newer build. Settings of a fold, behind the number, make it another revision, not a newer
 * one.
 */
export function isNewer(revision: string, than: string): boolean {
  return Number.parseInt(revision) > Number.parseInt(than);
}
