/**
 * The user in the examples of the API, on the start page and in the help of the command line. The help must not wait
 * for Nest, so this module imports nothing.
 */
export const EXAMPLE_USER = {
  id: '3f2b8c1e-9d47-4d55-a7cb-2e2f1d9b6a10',
  email: 'ada@example.org',
  name: 'Ada',
} as const;
