import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import type { Reply } from '../http/reply.js';
import { addExamples } from './openapi-examples.js';

const TAGS = {
  Users: 'Accounts: commands on them, and their state and history from the events.',
  Viewing: 'Views, ratings and titles of contents, which other services send.',
  'User profiles': 'Read model of users. It follows the log; `Read-After` waits for it.',
  'Content popularity':
    'Read model of the popularity of contents. It follows the log; `Read-After` waits for it.',
  Overview: 'For operators: what is wrong, the worst first, with figures and processes.',
  Projections: 'The status of projections: pause, resume and rebuild them, retry or skip parked keys.',
  Processes:
    'Processes of process managers: list, retry and end them, or send them an event by hand. Those of the operating ' +
    'system are in the overview.',
  Timers: 'Events that are appended when they are due: move or cancel those that wait.',
  Operations: 'The log of operations: who did what to projections, parked keys, timers and processes.',
  Log: 'The events as they are stored.',
  Relay: 'The stream of NATS JetStream that the log is published to.',
  Health: 'For operators: whether the service is alive and ready, and its metrics.',
  Privacy: 'The erasure of a person, and what became of it.',
};

/** One description in two shapes: for programs, and for the page for people. */
export interface Documents {
  document: OpenAPIObject;
  page: OpenAPIObject;
}

/**
 * Serves the description of the API: for people at /docs, for programs at /openapi.json. It is made and written as text
 * once, at the first request: this takes 50 ms, and any client may use the routes.
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
      layout: 'BaseLayout', // the other layout adds a bar without a use here
      displayRequestDuration: true,
      defaultModelsExpandDepth: 0, // each schema is shown where it is used
    },
  });
}

/** The OpenAPI document of an application. The application need not run. */
export function describeApi(app: INestApplication): OpenAPIObject {
  const description = new DocumentBuilder()
    .setTitle('Eventfold')
    .setDescription(
      'Accounts of a video service as event-sourced aggregates, and two read models folded from the log. ' +
        'Commands answer with a position; a query that carries it in `Read-After` sees the effect. ' +
        'Errors are `application/problem+json`; switch on their `type`. ' +
        'The document at [/openapi.json](/openapi.json) has an example of every problem.',
    )
    .setVersion('0.1.0')
    .addServer('/', 'The server of this document.')
    .setOpenAPIVersion('3.1.0');
  for (const [name, text] of Object.entries(TAGS)) description.addTag(name, text);
  return addExamples(SwaggerModule.createDocument(app, description.build()));
}
