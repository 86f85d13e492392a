import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const SRC = join(import.meta.dirname, '../../../src');

/** The classes of errors, with the possible codes and kinds in the source. */
export interface ErrorClass {
  name: string;
  codes: string[];
  kind: string | undefined;
}

/** All classes of the source that extend `EventfoldError`, directly or not. */
export function errorClasses(): ErrorClass[] {
  const classes = sources().flatMap((file) => {
    const found: ts.ClassDeclaration[] = [];
    const visit = (node: ts.Node): void => {
      if (ts.isClassDeclaration(node)) found.push(node);
      ts.forEachChild(node, visit);
    };
    visit(ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true));
    return found;
  });
  const byName = new Map(classes.map((each) => [each.name?.text, each]));
  const isError = (each: ts.ClassDeclaration | undefined): boolean => {
    const parent = each && parentOf(each);
    return parent === 'EventfoldError' || (parent !== undefined && isError(byName.get(parent)));
  };
  return classes.filter(isError).map((each) => ({
    name: each.name!.text,
    codes: literalsOf(each, 'code'),
    kind: literalsOf(each, 'kind')[0],
  }));
}

const sources = () =>
  readdirSync(SRC, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'))
    .map((file) => join(SRC, file));

const parentOf = ({ heritageClauses }: ts.ClassDeclaration) =>
  heritageClauses
    ?.find(({ token }) => token === ts.SyntaxKind.ExtendsKeyword)
    ?.types[0]?.expression.getText();

/** The possible texts of a property: its value, or those of its type when a constructor takes it. */
function literalsOf({ members }: ts.ClassDeclaration, property: string): string[] {
  const places = members.flatMap((member): ts.Node[] => {
    if (ts.isPropertyDeclaration(member)) return member.name.getText() === property ? [member] : [];
    if (!ts.isConstructorDeclaration(member)) return [];
    return member.parameters.filter(({ name, modifiers }) => modifiers && name.getText() === property);
  });
  const literals: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteral(node)) literals.push(node.text);
    ts.forEachChild(node, visit);
  };
  places.forEach(visit);
  return literals;
}
