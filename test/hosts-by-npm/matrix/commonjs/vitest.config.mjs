import swc from 'unplugin-swc';

/** Vite's own compiler leaves out the metadata of decorators, by which Nest injects. */
export default { plugins: [swc.vite()], test: { globals: true, include: ['src/**/*.spec.ts'] } };
