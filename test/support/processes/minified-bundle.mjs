// node minified-bundle.mjs <folder>: writes the built service there, minified.

import { bundle } from './process-bundle.mjs';

await bundle(process.cwd(), { service: 'dist/service/main.js' }, { dir: process.argv[2], minify: true });
