import type { Start } from './start.js';

/** The forms of the start page by media type. The first is for clients without a preference, such as `curl`. */
export const FORMS = { 'text/plain': asText, 'text/html': asHtml, 'application/json': asJson } as const;

/** For a terminal: indented lines can be pasted. */
function asText({ name, description, links, condition, examples }: Start): string {
  const width = Math.max(...links.map(({ path }) => path.length));
  return [
    name,
    description,
    '',
    ...links.map(({ path, text }) => `  ${path.padEnd(width)}  ${text}`),
    '',
    ...(condition === undefined ? [] : [condition, '']),
    ...examples.flatMap(({ text, command }) => [`${text}:`, '', `  ${command}`, '']),
  ].join('\n');
}

function asJson({ name, description, links, examples }: Start): string {
  return JSON.stringify({
    name,
    description,
    links: Object.fromEntries(links.map((link) => [link.name, link.path])),
    examples: examples.map(({ command }) => command),
  });
}

/** The browser's own colours, light or dark. The page loads nothing and runs no script. */
const STYLE = `
:root { color-scheme: light dark; }
body { background: Canvas; color: CanvasText; font: 1rem/1.5 system-ui, sans-serif; max-width: 46rem; margin: 0 auto; padding: 1.5rem 1rem; }
h1 { margin: 0; }
dt { margin-top: .75rem; }
dd { margin: 0; }
pre { margin: .25rem 0 1.25rem; padding: .75rem; border: 1px solid GrayText; border-radius: .375rem; font-size: .875rem;
  white-space: pre-wrap; overflow-wrap: anywhere; }`;
const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 8 8'%3E" +
  "%3Cpath d='M1 1h6v1H1zm0 2.5h4v1H1zM1 6h5v1H1z' fill='%23888'/%3E%3C/svg%3E";

function asHtml({ name, description, links, condition, examples }: Start): string {
  const listed = links.map(
    ({ path, text }) => `<dt><a href="${escape(path)}">${escape(path)}</a></dt>\n<dd>${escape(text)}</dd>`,
  );
  const shown = examples.map(
    ({ text, command }) => `<p>${escape(text)}:</p>\n<pre><code>${escape(command)}</code></pre>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(name)}</title>
<link rel="icon" href="${ICON}">
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escape(name)}</h1>
<p>${escape(description)}</p>
<dl>
${listed.join('\n')}
</dl>
<h2>Try it</h2>
${condition === undefined ? '' : `<p>${escape(condition)}</p>\n`}${shown.join('\n')}
</main>
</body>
</html>
`;
}

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escape = (text: string) => text.replace(/[&<>"']/g, (character) => ENTITIES[character]!);
