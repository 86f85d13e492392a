/** Package managers beside npm. Each is a package of npm's registry, and installs into a host as its user would. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CopiedHost, type SharedSources } from './copied-host.js';
import { run } from './packed-package.js';

interface PackageManager {
  /** What npm runs: a package with its version, and the program in it. */
  program: readonly [spec: string, name: string];
  /** Its settings, by the file that they are in. */
  settings: Record<string, string>;
  add: readonly string[];
  /** What stands before a program of an installed package. */
  exec: readonly string[];
}

export const PACKAGE_MANAGERS = {
  'pnpm, which hides what a package does not ask for': {
    program: ['pnpm@10', 'pnpm'],
    settings: { '.npmrc': 'hoist=false\nstrict-peer-dependencies=true\n' },
    add: ['add'],
    exec: ['exec'],
  },
  'yarn 1': {
    program: ['yarn@1.22.22', 'yarn'],
    // Its cache knows a package by its version, and not by its content.
    settings: { '.yarnrc': 'cache-folder "./.yarn-cache"\n' },
    add: ['add', '--ignore-engines', '--non-interactive'], // fastify asks for a package that asks for Node.js 22
    exec: ['--silent'],
  },
  "yarn 4 with Plug'n'Play": {
    program: ['@yarnpkg/cli-dist@4', 'yarn'],
    settings: { '.yarnrc.yml': 'enableTelemetry: false\n', 'yarn.lock': '' },
    add: ['add'],
    exec: [],
  },
} satisfies Record<string, PackageManager>;

export type PackageManagerName = keyof typeof PACKAGE_MANAGERS;

/** An application, and the package manager that has installed the package into it. */
export class ManagedHost {
  private constructor(
    private readonly manager: PackageManager,
    private readonly host: CopiedHost,
    private readonly network: NodeJS.ProcessEnv,
  ) {}

  /** @throws Error with what the package manager says, such as that peers do not fit */
  static async install(
    name: PackageManagerName,
    tarball: string,
    shared: SharedSources,
  ): Promise<ManagedHost> {
    const manager: PackageManager = PACKAGE_MANAGERS[name];
    const copied = await CopiedHost.copy('package-managers', shared);
    for (const [file, text] of Object.entries(manager.settings)) {
      await writeFile(join(copied.folder, file), text);
    }
    const host = new ManagedHost(manager, copied, await networkOfNpm());
    await host.manage([...manager.add, `nest-eventfold@file:${tarball}`]);
    return host;
  }

  get folder(): string {
    return this.host.folder;
  }

  /** Runs a program of an installed package, or Node.js. */
  exec(words: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<string> {
    return this.manage([...this.manager.exec, ...words], environment);
  }

  /** What a process of Node.js needs to find the packages. */
  async nodeOptions(): Promise<string> {
    const printed = await this.exec(['node', '--print', 'process.env.NODE_OPTIONS ?? ""']);
    return printed.trim();
  }

  remove(): Promise<void> {
    return this.host.remove();
  }

  private manage(words: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<string> {
    const [spec, name] = this.manager.program;
    const npx = ['--yes', '--prefer-offline', '--package', spec, '--', name];
    return this.host.run('npx', [...npx, ...words], { ...this.network, ...environment });
  }
}

/** What npm is set to, for the package manager that does not read npm's settings: yarn 4. */
async function networkOfNpm(): Promise<NodeJS.ProcessEnv> {
  const { stdout } = await run('npm', ['config', 'list', '--json']);
  const { registry, cafile, 'https-proxy': proxy } = JSON.parse(stdout);
  const { protocol, hostname } = new URL(registry);
  return {
    YARN_NPM_REGISTRY_SERVER: registry.replace(/\/$/, ''),
    ...(cafile && { YARN_HTTPS_CA_FILE_PATH: cafile }),
    ...(proxy && { YARN_HTTPS_PROXY: proxy }),
    ...(protocol === 'http:' && { YARN_UNSAFE_HTTP_WHITELIST: hostname }),
  };
}
