/**
 * Finds the places where a source uses private parts of `pg`, TypeORM or Nest. The types of these libraries are their
 * promise. A source that goes beyond them shows it: it casts a value of theirs, takes a member by a string, imports
 * from the inside of the package, extends a class of theirs, sets a member, or reads metadata that is not ours.
 */
import { join, relative } from 'node:path';
import ts from 'typescript';

const LIBRARY =
  /\/node_modules\/(?:@types\/)?(pg|pg-pool|typeorm|@nestjs\/(?:core|common|cqrs|swagger|typeorm))\//;
const INSIDE_OF_PACKAGE = /^(pg|pg-pool|typeorm|@nestjs\/[a-z]+)\/./;
/** Classes of these libraries must not be extended. Those of Nest may be. */
const SEALED = /^(pg|pg-pool|typeorm)$/;
const OWN_METADATA = /^'eventfold:/;

/** Members that are in the types and not in the documentation. */
export const UNDOCUMENTED: Readonly<Record<string, readonly string[]>> = {
  Client: ['connection'],
  ClientBase: ['getTransactionStatus'],
  Pool: ['options'],
  Driver: ['normalizeType', 'prepareHydratedValue', 'preparePersistentValue'],
  QueryRunner: ['isReleased'],
  InstanceWrapper: ['getCtorMetadata', 'getPropertiesMetadata', 'isDependencyTreeStatic'],
  Module: ['controllers', 'getProviderByKey'],
};

/** A file below `src`, and its use of a private part, such as "casts a value of pg". */
export interface Leaning {
  file: string;
  how: string;
}

export function leaningsOf(root: string): Leaning[] {
  const config = ts.readConfigFile(join(root, 'tsconfig.json'), (file) => ts.sys.readFile(file))
    .config as object;
  const { options, fileNames } = ts.parseJsonConfigFileContent({ ...config, include: ['src'] }, ts.sys, root);
  const program = ts.createProgram(fileNames, { ...options, noEmit: true, incremental: false });
  return leaningsIn(program, root);
}

/** Looks at all sources of the program in `src` that are no tests. */
function leaningsIn(program: ts.Program, root: string): Leaning[] {
  const checker = program.getTypeChecker();
  const found: Leaning[] = [];
  for (const source of program.getSourceFiles()) {
    const file = relative(join(root, 'src'), source.fileName).replaceAll('\\', '/');
    if (file.startsWith('..') || /\.(spec|d)\.ts$/.test(file)) continue;
    const visit = (node: ts.Node): void => {
      const how = howItLeans(node, checker);
      if (how !== undefined) found.push({ file, how });
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
  return found;
}

function howItLeans(node: ts.Node, checker: ts.TypeChecker): string | undefined {
  const libraryOf = (expression: ts.Expression) => declaringLibrary(checker.getTypeAtLocation(expression));
  if (isModuleName(node) && INSIDE_OF_PACKAGE.test(node.text)) return `imports ${node.text}`;
  if (ts.isAsExpression(node) && !ts.isConstTypeReference(node.type)) {
    const library = libraryOf(innermost(node));
    return library && !isPromised(node, checker) ? `casts a value of ${library}` : undefined;
  }
  if (ts.isElementAccessExpression(node) && ts.isStringLiteralLike(node.argumentExpression)) {
    const library = libraryOf(node.expression);
    return library && `takes ${node.argumentExpression.text} of a value of ${library} by a string`;
  }
  if (ts.isHeritageClause(node) && node.token === ts.SyntaxKind.ExtendsKeyword) {
    const library = ts.isClassLike(node.parent) ? libraryOf(node.types[0]!.expression) : undefined;
    return library && SEALED.test(library) ? `extends a class of ${library}` : undefined;
  }
  if (isAssignment(node) && ts.isPropertyAccessExpression(node.left)) {
    const library = libraryOf(node.left.expression);
    return library && SEALED.test(library)
      ? `sets ${node.left.name.text} of a value of ${library}`
      : undefined;
  }
  if (ts.isCallExpression(node)) return metadataRead(node, checker);
  return undocumentedMember(node, checker);
}

const isModuleName = (node: ts.Node): node is ts.StringLiteral =>
  ts.isStringLiteral(node) &&
  (ts.isImportDeclaration(node.parent) ||
    ts.isExportDeclaration(node.parent) ||
    ts.isCallExpression(node.parent));

const isAssignment = (node: ts.Node): node is ts.BinaryExpression =>
  ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken;

/** The value that `a as unknown as B` casts. */
function innermost(node: ts.AsExpression): ts.Expression {
  let { expression } = node;
  while (ts.isAsExpression(expression) || ts.isParenthesizedExpression(expression))
    ({ expression } = expression);
  return expression;
}

/** Whether the library allows the cast: to a member of a union, or to a wider type. */
function isPromised(node: ts.AsExpression, checker: ts.TypeChecker): boolean {
  const given = checker.getTypeAtLocation(innermost(node));
  const wanted = checker.getTypeFromTypeNode(node.type);
  const isUnknown = (wanted.flags & (ts.TypeFlags.Unknown | ts.TypeFlags.Any)) !== 0;
  if (isUnknown) return (wanted.flags & ts.TypeFlags.Any) === 0; // `as unknown` alone takes nothing
  return given.isUnion() || checker.isTypeAssignableTo(given, wanted);
}

function declaringLibrary(type: ts.Type): string | undefined {
  const types = type.isUnionOrIntersection() ? type.types : [type];
  for (const { aliasSymbol, symbol } of [type, ...types]) {
    for (const declaration of [...(symbol?.declarations ?? []), ...(aliasSymbol?.declarations ?? [])]) {
      const library = LIBRARY.exec(declaration.getSourceFile().fileName)?.[1];
      if (library !== undefined) return library;
    }
  }
  return undefined;
}

/** A read by `Reflect`, under a key that is not one of our own constants. */
function metadataRead(node: ts.CallExpression, checker: ts.TypeChecker): string | undefined {
  const { expression: called } = node;
  if (!ts.isPropertyAccessExpression(called) || called.expression.getText() !== 'Reflect') return undefined;
  if (!called.name.text.includes('Metadata')) return undefined;
  const [key] = node.arguments;
  return key && OWN_METADATA.test(literalOf(key, checker))
    ? undefined
    : `has ${called.name.text} of ${key?.getText()}`;
}

/** The text of a literal, or of the literal behind a constant. */
function literalOf(key: ts.Expression, checker: ts.TypeChecker): string {
  const type = checker.getTypeAtLocation(key);
  return type.isStringLiteral() ? `'${type.value}'` : '';
}

function undocumentedMember(node: ts.Node, checker: ts.TypeChecker): string | undefined {
  const name = memberName(node);
  if (name === undefined || !Object.values(UNDOCUMENTED).flat().includes(name.text)) return undefined;
  const symbol = ts.isBindingElement(node)
    ? checker.getTypeAtLocation(node.parent).getProperty(name.text)
    : checker.getSymbolAtLocation(name);
  for (const { parent } of symbol?.declarations ?? []) {
    const owner = (parent as Partial<ts.ClassDeclaration>).name?.text ?? '';
    const library = LIBRARY.exec(parent.getSourceFile().fileName)?.[1];
    if (library && UNDOCUMENTED[owner]?.includes(name.text))
      return `takes ${owner}.${name.text} of ${library}`;
  }
  return undefined;
}

/** The member in `value.name` and in `{ name } = value`. */
function memberName(node: ts.Node): ts.Identifier | undefined {
  const name = ts.isPropertyAccessExpression(node)
    ? node.name
    : ts.isBindingElement(node) && ts.isObjectBindingPattern(node.parent)
      ? (node.propertyName ?? node.name)
      : undefined;
  return name && ts.isIdentifier(name) ? name : undefined;
}
