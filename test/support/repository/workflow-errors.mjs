/**
 * Prints the errors of GitHub's own parser, @actions/workflow-parser, for a workflow on standard input: a JSON array of
 * messages. It is a process of its own, since the parser imports JSON without an attribute, which Node.js refuses
 * without this hook.
 *
 *   node workflow-errors.mjs < .github/workflows/ci.yml
 */
import { register } from 'node:module';
import { text } from 'node:stream/consumers';

const HOOK = `export const load = (url, context, next) =>
  next(url, url.endsWith('.json') ? { ...context, importAttributes: { type: 'json' } } : context);`;
register(`data:text/javascript,${encodeURIComponent(HOOK)}`);

const { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } =
  await import('@actions/workflow-parser');
const { context, value } = parseWorkflow(
  { name: 'ci.yml', content: await text(process.stdin) },
  new NoOperationTraceWriter(),
);
if (value !== undefined) await convertWorkflowTemplate(context, value);
console.log(JSON.stringify(context.errors.getErrors().map(({ message }) => message)));
