/**
 * `@nestjs/swagger` as a host may have it or not. It only describes routes: where it is missing, its decorators do
 * nothing. The modules of the package are needed without routes, too.
 */
export const SWAGGER = '@nestjs/swagger';
const ID = `optional:${SWAGGER}`;

const load = (require) => `
function swaggerOfHost() {
  try {
    return ${require}('@nestjs/swagger');
  } catch (error) {
    if (error?.code !== 'MODULE_NOT_FOUND' || !String(error.message).includes("'@nestjs/swagger'")) throw error;
    return new Proxy({}, { get: () => () => () => undefined });
  }
}
export default swaggerOfHost();
`;

const CODE = {
  es: `import { createRequire } from 'node:module';${load('createRequire(import.meta.url)')}`,
  cjs: load('require'),
};

/** A plugin of Rollup. */
export const optionalSwagger = (format) => ({
  name: 'eventfold-optional-swagger',
  resolveId: (name) => (name === SWAGGER ? ID : undefined),
  load: (id) => (id === ID ? { code: CODE[format], syntheticNamedExports: true } : undefined),
});
