import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CommandFailure } from '../../command-failure.js';
import type { SourceFile } from './template.js';

interface PackageJson {
  type?: string;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
}

/** The package from which tests import `describe` and `it`, by test runner. Node's own runner is always there. */
const TEST_RUNNERS = { vitest: 'vitest', jest: '@jest/globals' };

/** The style of source text in the project of a directory. */
export class HostProject {
  /** @param packages from the nearest to the farthest: that of a workspace, that of its root */
  private constructor(
    private readonly directory: string,
    private readonly packages: PackageJson[],
  ) {}

  /** @throws CommandFailure when a `package.json` cannot be read */
  static async at(directory: string): Promise<HostProject> {
    const packages: PackageJson[] = [];
    for (let at = directory, above; at !== above; above = at, at = dirname(at)) {
      const found = await readPackage(join(at, 'package.json'));
      if (found !== undefined) packages.push(found);
    }
    return new HostProject(directory, packages);
  }

  /**
   * The same file for the project's module system, test runner and Prettier.
   *
   * @throws CommandFailure when Prettier fails, for instance by a configuration that it does not understand
   */
  async adapted({ path, text }: SourceFile): Promise<SourceFile> {
    const runner = text.replace(`from '@jest/globals'`, `from '${this.testRunner}'`);
    const isModule = this.packages[0]?.type === 'module';
    const resolved = isModule ? runner : runner.replace(/(from '\.{1,2}\/[^']+)\.js'/g, `$1'`);
    return { path, text: await this.formatted(resolved, path) };
  }

  private get testRunner(): string {
    const names = this.packages.flatMap((each) =>
      Object.keys({ ...each.dependencies, ...each.devDependencies }),
    );
    const runner = names.find((name) => Object.hasOwn(TEST_RUNNERS, name));
    return runner === undefined ? 'node:test' : TEST_RUNNERS[runner as keyof typeof TEST_RUNNERS];
  }

  /** Names differ in length, so lines break elsewhere than in the template. Without Prettier they stay as they are. */
  private async formatted(text: string, path: string): Promise<string> {
    const filepath = join(this.directory, path);
    const prettier = await prettierOf(filepath);
    if (prettier === undefined) return text;
    try {
      return await prettier.format(text, { ...(await prettier.resolveConfig(filepath)), filepath });
    } catch (cause) {
      const said = (cause as Error).message;
      throw new CommandFailure(`the project's Prettier cannot format ${path}: ${said}`, 1, { cause });
    }
  }
}

async function readPackage(path: string): Promise<PackageJson | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as PackageJson;
  } catch (cause) {
    throw new CommandFailure(`${path} is no JSON: ${(cause as Error).message}`, 1, { cause });
  }
}

interface Prettier {
  resolveConfig(path: string): Promise<object | null>;
  format(text: string, options: { filepath: string }): Promise<string>;
}

/** The Prettier of the project, if it has one. */
async function prettierOf(path: string): Promise<Prettier | undefined> {
  try {
    const entry = createRequire(path).resolve('prettier');
    return ((await import(pathToFileURL(entry).href)) as { default: Prettier }).default;
  } catch {
    return undefined;
  }
}
