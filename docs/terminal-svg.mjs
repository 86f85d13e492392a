// Makes a picture of a terminal's text out of the output of a command: docs/simulate.svg is
//
//   npm run simulate -- --users 200 --events 5000 2>&1 | sed '/^Most watched$/,/^└/d; /^Most active users$/,/^└/d' | cat -s |
//     node docs/terminal-svg.mjs 'npm run simulate -- --users 200 --events 5000' > docs/simulate.svg
//
// Each line is stretched to its columns, so that tables stand straight in whatever monospaced font there is.
import { readFileSync } from 'node:fs';

const COLUMN = 7.8;
const LINE = 16;
const MARGIN = 16;

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const [command] = process.argv.slice(2);
const output = readFileSync(0, 'utf8')
  .split('\n')
  .filter((line) => !line.startsWith('> '))
  .join('\n')
  .trim();
const lines = [`$ ${command}`, ...output.split('\n')];
const columns = Math.max(...lines.map((line) => [...line].length));
const [width, height] = [columns * COLUMN + 2 * MARGIN, lines.length * LINE + 2 * MARGIN];
const texts = lines.map((line, index) => {
  const length = ([...line].length * COLUMN).toFixed(1);
  const colour = index === 0 ? '#7ee787' : '#e6edf3';
  return `<text x="${MARGIN}" y="${MARGIN + (index + 0.75) * LINE}" fill="${colour}" textLength="${length}" lengthAdjust="spacingAndGlyphs">${escaped(line)}</text>`;
});
console.log(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="13" xml:space="preserve">
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
${texts.filter((_text, index) => lines[index] !== '').join('\n')}
</svg>`);
