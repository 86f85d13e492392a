// Writes the public face of each entry of the package as a page of `api/`, so that a diff shows its changes. It reads
// the declarations of the build.
//
//   node test/support/repository/api-reports.mjs          writes the pages
import { CompilerState, Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor';
import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ENTRIES, fileOf } from '../../../packaging/entries.js';

const root = join(import.meta.dirname, '../../..');
const manifest = join(root, 'package.json');

const entries = () =>
  Object.entries(ENTRIES).map(([entry, source]) => ({
    name: fileOf(entry),
    declarations: join(root, `dist/${source}.d.ts`),
  }));

const quiet = { default: { logLevel: 'none', addToApiReportFile: false } };

function configOf({ name, declarations }) {
  const folder = join(root, 'api');
  return ExtractorConfig.prepare({
    configObject: {
      projectFolder: root,
      mainEntryPointFilePath: declarations,
      compiler: { tsconfigFilePath: join(root, 'tsconfig.json') },
      apiReport: {
        enabled: true,
        reportFileName: name,
        reportFolder: folder,
        reportTempFolder: join(tmpdir(), `eventfold-api-${process.pid}`),
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      newlineKind: 'lf',
      messages: {
        compilerMessageReporting: quiet,
        extractorMessageReporting: quiet,
        tsdocMessageReporting: quiet,
      },
    },
    configObjectFullPath: undefined,
    packageJsonFullPath: manifest,
  });
}

/**
 * @param options.write whether pages that differ are written
 * @returns the names of the entries whose pages differ
 */
export function apiReports({ write }) {
  mkdirSync(join(root, 'api'), { recursive: true });
  const configs = entries().map((entry) => ({ name: entry.name, config: configOf(entry) }));
  const [{ config }, ...others] = configs;
  const compilerState = CompilerState.create(config, {
    additionalEntryPoints: others.map((other) => other.config.mainEntryPointFilePath),
  });
  const invoke = (each) =>
    Extractor.invoke(each, {
      localBuild: write,
      compilerState,
      messageCallback: (message) => {
        if (message.logLevel !== ExtractorLogLevel.Error) message.handled = true;
      },
    });
  return configs.filter(({ config: each }) => invoke(each).apiReportChanged).map(({ name }) => name);
}

if (import.meta.url === pathToFileURL(resolve(process.argv[1] ?? '')).href) {
  const written = apiReports({ write: true });
  console.log(written.length === 0 ? 'Nothing has changed.' : `Written: ${written.join(', ')}`);
}
