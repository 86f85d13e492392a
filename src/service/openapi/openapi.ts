import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import type { Reply } from '../http/fastify.js';
import { addExamples } from './openapi-examples.js';

const TAGS = {
  Users: 'Accounts: what changes them, and their state and history as the events tell it.',
  Viewing: 'The door for what other services tell of contents: views, ratings, titles.',
  'User profiles': 'Read model: what is known of a user. Follows the log; `Read-After` waits for it.',
  'Content popularity': 'Read model: how popular contents are. Follows the log; `Read-After` waits for it.',
  Projections: 'How read models are folded: pause, resume, rebuild, and keys that are set aside.',
  Log: 'The events as they are stored.',
  Health: 'For whoever runs the service: is it alive, is it ready, and its figures.',
};

/** The two shapes of one description: for programs, and for the page that people see. */
export interface Documents {
  document: OpenAPIObject;
  page: OpenAPIObject;
}

/**
 * Serves a description of the API: for people at /docs, for programs at /openapi.json. It is made and written as text
 * once, when the first client asks for it: that takes 50 ms, and the routes take requests from anybody.
 */
export function serveOpenApi(app: INestApplication, describe: () => Documents): void {
  let description: Documents | undefined;
  let text: string | undefined;
  const described = () => (description ??= describe());
  app.getHttpAdapter().get('/openapi.json', (_request: unknown, reply: Reply) => {
    text ??= JSON.stringify(described().document);
    reply.header('Content-Type', 'application/json; charset=utf-8').send(text);
  });
  SwaggerModule.setup('docs', app, () => described().page, {
    raw: false,
    customSiteTitle: 'Eventfold',
    swaggerOptions: {
      layout: 'BaseLayout', // the other layout has a bar at the top in which nothing is to be done
      displayRequestDuration: true,
      defaultModelsExpandDepth: 0, // the schemas stand beside what they are the schemas of
    },
  });
}

/** The OpenAPI document of an application, which need not run. */
export function describeApi(app: INestApplication): OpenAPIObject {
  const description = new DocumentBuilder()
    .setTitle('Eventfold')
    .setDescription(
      'Accounts of a video service as event-sourced aggregates, and two read models folded from the log. ' +
        'Commands answer with a position; a query that carries it in `Read-After` sees the effect. ' +
        'Errors are `application/problem+json`; switch on their `type`. ' +
        'With an example of every problem, this document is at [/openapi.json](/openapi.json).',
    )
    .setVersion('0.1.0')
    .addServer('/', 'Where this document comes from.')
    .setOpenAPIVersion('3.1.0');
  for (const [name, text] of Object.entries(TAGS)) description.addTag(name, text);
  return addExamples(SwaggerModule.createDocument(app, description.build()));
}
