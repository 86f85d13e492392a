import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';

/** Serves the API's description: for people at /docs, for programs at /openapi.json. */
export function serveOpenApi(app: INestApplication): void {
  const description = new DocumentBuilder()
    .setTitle('Eventfold')
    .setDescription(
      'Accounts of a video service as event-sourced aggregates, and two read models folded from the log. ' +
        'Commands answer with a position; a query that carries it in `Read-After` sees the effect.',
    )
    .setVersion('0.1.0')
    .setOpenAPIVersion('3.1.0')
    .build();
  const createDocument = () => SwaggerModule.createDocument(app, description);
  SwaggerModule.setup('docs', app, createDocument, { jsonDocumentUrl: 'openapi.json' });
}
