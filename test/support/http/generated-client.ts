import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import openapiTS, { astToString } from 'openapi-typescript';
import ts from 'typescript';

/** `openapi-fetch` is found from here; the build may be thrown away at any time. */
const DIST = join(import.meta.dirname, '../../../dist');

/** The compiler options of a strict front end. */
const OPTIONS: ts.CompilerOptions = {
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  target: ts.ScriptTarget.ES2022,
  lib: ['lib.es2022.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
  types: [],
};

/** The code of a front end, compiled with the types from an OpenAPI document, in a directory of its own. */
export class GeneratedClient {
  private readonly directory: string;

  private constructor() {
    mkdirSync(DIST, { recursive: true });
    this.directory = mkdtempSync(join(DIST, 'typed-client-'));
  }

  /** Writes the types as `schema.d.ts`. */
  static async of(document: object): Promise<GeneratedClient> {
    const client = new GeneratedClient();
    const types = astToString(await openapiTS(structuredClone(document) as Parameters<typeof openapiTS>[0]));
    client.write('schema.d.ts', types);
    client.write('package.json', '{ "type": "module" }');
    return client;
  }

  /**
   * Compiles modules, by name, to JavaScript beside them.
   *
   * @returns the messages of the compiler, by name
   */
  compile(modules: Record<string, string>): Record<string, string[]> {
    const files = Object.entries(modules).map(([name, source]) => this.write(`${name}.ts`, source));
    const program = ts.createProgram(files, OPTIONS);
    program.emit();
    const said = ts.getPreEmitDiagnostics(program).map(({ file, messageText }) => ({
      place: file?.fileName,
      text: ts.flattenDiagnosticMessageText(messageText, '\n'),
    }));
    const lost = said.filter(({ place }) => !files.includes(place ?? ''));
    if (lost.length > 0) throw new Error(`Outside the modules: ${JSON.stringify(lost)}`);
    return Object.fromEntries(
      Object.keys(modules).map((name, index) => [
        name,
        said.filter(({ place }) => place === files[index]).map(({ text }) => text),
      ]),
    );
  }

  /** Loads a compiled module. */
  async load<Module>(name: string): Promise<Module> {
    return (await import(pathToFileURL(join(this.directory, `${name}.js`)).href)) as Module;
  }

  remove(): void {
    rmSync(this.directory, { recursive: true });
  }

  private write(name: string, text: string): string {
    const file = join(this.directory, name);
    writeFileSync(file, text);
    return file;
  }
}
