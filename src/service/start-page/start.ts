import { EXAMPLE_USER } from '../../api/example-user.js';
/** The content of the start page, for each of its forms. */
export interface Start {
  name: string;
  description: string;
  links: Link[];
  /** The first step before the lines; undefined in an open service. */
  condition: string | undefined;
  /** Lines for a shell. They work one after the other on a service without data. */
  examples: Example[];
}

export interface Link {
  /** Name in JSON. */
  name: string;
  path: string;
  text: string;
}

export interface Example {
  text: string;
  command: string;
}

/** All possible links. The page omits what the service does not have (`DOCS=off`). */
export const LINKS: readonly Link[] = [
  { name: 'docs', path: '/docs', text: 'All routes, to read and to try' },
  { name: 'openapi', path: '/openapi.json', text: 'The same for programs: OpenAPI 3.1' },
  { name: 'console', path: '/console', text: 'Look into the log and the projections' },
  { name: 'ready', path: '/health/ready', text: 'Can the service do its work?' },
  { name: 'live', path: '/health/live', text: 'Does the process answer?' },
];

/** The position of the event that the second example appends, on a service without data. */
const POSITION = 3;

/**
 * @param origin the address at which the client has reached the service: `http://127.0.0.1:3000`
 * @param needsToken whether the service wants a bearer token
 */
export function startOf(origin: string, links: Link[], needsToken: boolean): Start {
  const token = needsToken ? ' -H "Authorization: Bearer $TOKEN"' : '';
  const curl = (path: string, rest: string) => `curl -s ${origin}${path}${token}${rest}`;
  const json = (body: object) => ` -H 'Content-Type: application/json' -d '${JSON.stringify(body)}'`;
  const watched = { userId: EXAMPLE_USER.id, contentId: 'metropolis-1927', watchDurationSeconds: 5400 };
  return {
    name: 'Eventfold',
    description:
      'Accounts of a video service on an event log in PostgreSQL, and the read models folded from it.',
    links,
    condition: needsToken
      ? 'Every route but these wants a bearer token. Put one with the scope "admin" into the variable TOKEN first.'
      : undefined,
    examples: [
      {
        text: 'Register a user',
        command: curl(
          '/users',
          json({ userId: EXAMPLE_USER.id, email: EXAMPLE_USER.email, name: EXAMPLE_USER.name }),
        ),
      },
      {
        text: 'Tell what she watched',
        command: curl(
          '/viewing/watched',
          json({ ...watched, completionPercentage: 60, genre: 'science fiction' }),
        ),
      },
      {
        text: 'Read her profile, once it has been folded up to there',
        command: curl(`/users/${EXAMPLE_USER.id}/profile`, ` -H 'Read-After: ${POSITION}'`),
      },
    ],
  };
}
