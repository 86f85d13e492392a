import swc from 'unplugin-swc';

/** Vite's own compiler omits the metadata of decorators, which Nest needs to inject. */
export default { plugins: [swc.vite()], test: { globals: true, include: ['src/**/*.spec.ts'] } };
