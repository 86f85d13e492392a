import { EntityManager, Repository } from 'typeorm';

const CHANGED = [
  [EntityManager.prototype, 'getRepository'],
  [Repository.prototype, 'extend'],
  [Repository.prototype, 'manager'],
] as const;

/**
 * Remembers the classes of TypeORM in their present state. `typeorm-transactional` changes them, and other test files
 * of this process use them.
 *
 * @returns a function that restores them
 */
export function keepTypeOrm(): () => void {
  const kept = CHANGED.map(
    ([owner, name]) => [owner, name, Object.getOwnPropertyDescriptor(owner, name)] as const,
  );
  return () => {
    for (const [owner, name, before] of kept) {
      if (before) Object.defineProperty(owner, name, before);
      else Reflect.deleteProperty(owner, name);
    }
  };
}
