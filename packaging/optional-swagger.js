/**
 * Makes `@nestjs/swagger` optional for hosts. It only describes routes: without it, its decorators do nothing. A host
 * without routes needs the modules of the package, too.
 */
export const SWAGGER = '@nestjs/swagger';
const ID = `optional:${SWAGGER}`;

/** Looks for the package before loading it, because Plug'n'Play and Node.js report a missing package differently. */
const load = (require) => `
function swaggerOfHost() {
  try {
    ${require}.resolve('@nestjs/swagger');
  } catch (error) {
    if (error?.code !== 'MODULE_NOT_FOUND') throw error;
    return new Proxy({}, { get: () => () => () => undefined });
  }
  return ${require}('@nestjs/swagger');
}
export default swaggerOfHost();
`;

const CODE = {
  es: `
import { createRequire } from 'node:module';
const requireOfHost = createRequire(import.meta.url);
${load('requireOfHost')}`,
  cjs: load('require'),
};

/** A plugin of Rollup. */
export const optionalSwagger = (format) => ({
  name: 'eventfold-optional-swagger',
  resolveId: (name) => (name === SWAGGER ? ID : undefined),
  load: (id) => (id === ID ? { code: CODE[format], syntheticNamedExports: true } : undefined),
});
