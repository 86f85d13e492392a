/**
 * Injection tokens that stand for classes: one symbol for each class. The name of a class is no token: a bundler
 * shortens names, and then two classes of two files have the same.
 *
 * @param kind what the tokens are for, as errors of Nest show it
 */
export function classTokens(kind: string): (of: object & { name: string }) => symbol {
  const tokens = new WeakMap<object, symbol>();
  return (of) => {
    const known = tokens.get(of) ?? Symbol(`eventfold:${kind}:${of.name}`);
    tokens.set(of, known);
    return known;
  };
}
