/**
 * Injection tokens for classes: one symbol per class. The name of a class is no token: a bundler shortens names, and
 * then classes of two files can have the same name.
 *
 * @param kind the use of the tokens, shown in errors of Nest
 */
export function classTokens(kind: string): (of: object & { name: string }) => symbol {
  const tokens = new WeakMap<object, symbol>();
  return (of) => {
    const known = tokens.get(of) ?? Symbol(`eventfold:${kind}:${of.name}`);
    tokens.set(of, known);
    return known;
  };
}
