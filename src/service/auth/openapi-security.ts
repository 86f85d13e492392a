import type { OpenAPIObject } from '@nestjs/swagger';
import { mapOperations } from '../openapi/openapi-page.js';
import type { Route } from '../../api/route/routes.js';

const SCHEME = 'bearer';

/**
 * Adds the rules of the routes to the document: which routes need a token. An open service takes requests without one,
 * which is an empty alternative in the document.
 */
export function describeSecurity(document: OpenAPIObject, routes: Route[], isOpen: boolean): OpenAPIObject {
  document.components ??= {};
  document.components.securitySchemes = {
    ...document.components.securitySchemes,
    [SCHEME]: {
      type: 'http',
      scheme: 'bearer',
      bearerFormat: 'JWT',
      description:
        'With `AUTH_*` set. The `sub` of the token is the id of the user; ' +
        '`scope` may name `viewing:write` and `admin`.',
    },
  };
  for (const { method, path, rule = 'admin' } of routes) {
    const operation = operationOf(document, method, path);
    if (operation === undefined) continue;
    if (rule === 'anyone') {
      operation.security = [];
      continue;
    }
    const scopes = rule === 'viewing:write' || rule === 'admin' ? [rule] : [];
    operation.security = [...(isOpen ? [{}] : []), { [SCHEME]: scopes }];
  }
  return document;
}

/**
 * The document without tokens, for the page of an open service. With them, Swagger UI would show a padlock on every
 * route and a window that asks for a token, although the service checks none.
 */
export function withoutSecurity(document: OpenAPIObject): OpenAPIObject {
  const { securitySchemes: _schemes, ...components } = document.components ?? {};
  return mapOperations({ ...document, components }, ({ security: _security, ...operation }) => operation);
}

function operationOf(document: OpenAPIObject, method: string, path: string) {
  const item = document.paths[path.replaceAll(/:(\w+)/g, '{$1}')];
  return item?.[method.toLowerCase() as 'get'];
}
