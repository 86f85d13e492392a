import { createRequire } from 'node:module';
import { join } from 'node:path';
import ts from 'typescript';

type Compiler = typeof ts;

/**
 * Files that hosts have in common are parsed once: their packages have 1,200 files of types, and a host has ten files.
 */
const parsed = new Map<string, ts.SourceFile | undefined>();

const IN_OTHER_PACKAGES = /\/node_modules\/(?!nest-eventfold\/)/;

/**
 * Compiles a host like `tsc`, with the host's own settings. If the settings check the types of packages, only ours are
 * checked: the others take four times as long as the rest.
 *
 * @param compiler the host's TypeScript, if it differs from this project's
 * @throws Error with the message of `tsc`
 */
export function compileHost(host: string, settings = 'tsconfig.json', compiler = ts): void {
  const { options, fileNames, errors } = settingsOf(join(host, settings), compiler);
  const program = compiler.createProgram({
    rootNames: fileNames,
    options,
    host: sharingHost(options, compiler),
  });
  const checked = program.getSourceFiles().filter(({ fileName }) => !IN_OTHER_PACKAGES.test(fileName));
  // One by one: `emit` for all together checks the types of all packages.
  const sources = checked.filter(({ isDeclarationFile }) => !isDeclarationFile);
  const found = [
    ...errors,
    ...program.getOptionsDiagnostics(),
    ...checked.flatMap((file) => compiler.getPreEmitDiagnostics(program, file)),
    ...sources.flatMap((file) => program.emit(file).diagnostics),
  ];
  if (found.length === 0) return;
  const format = { getCanonicalFileName: String, getCurrentDirectory: () => host, getNewLine: () => '\n' };
  throw new Error(`${host} does not compile:\n${ts.formatDiagnostics(found, format)}`);
}

/** The TypeScript that a host has installed. */
export const compilerOf = (host: string): Compiler => createRequire(join(host, 'package.json'))('typescript');

function settingsOf(file: string, compiler: Compiler): ts.ParsedCommandLine {
  const onUnRecoverableConfigFileDiagnostic = ({ messageText }: ts.Diagnostic) => {
    throw new Error(ts.flattenDiagnosticMessageText(messageText, '\n'));
  };
  return compiler.getParsedCommandLineOfConfigFile(
    file,
    {},
    { ...compiler.sys, onUnRecoverableConfigFileDiagnostic },
  )!;
}

function sharingHost(options: ts.CompilerOptions, compiler: Compiler): ts.CompilerHost {
  const host = compiler.createCompilerHost(options);
  const parse = host.getSourceFile.bind(host);
  host.getSourceFile = (file, how, ...others) => {
    if (!file.includes('/node_modules/')) return parse(file, how, ...others);
    const key = JSON.stringify([compiler.version, file, how]);
    if (!parsed.has(key)) parsed.set(key, parse(file, how, ...others));
    return parsed.get(key);
  };
  return host;
}
