import type { Finding, Overview } from '../../api/types.js';
import { Drawing } from '../../design/icon.js';
import { plural } from '../../design/figures.js';
import { to } from '../../router/router.js';

/** What to look at first: nothing, or the findings with the worst on top, each with its cure. */
export function Verdict({ of: { severity, findings } }: { of: Overview['verdict'] }) {
  if (findings.length === 0) {
    return (
      <section class="verdict well" aria-label="Verdict">
        <header>
          <h2>All is well</h2>
          <p>Commands are taken, and every projection follows the log.</p>
        </header>
      </section>
    );
  }
  return (
    <section class={`verdict ${severity}`} aria-label="Verdict">
      <header>
        <h2>{severity === 'alarm' ? 'Something needs you' : 'Worth a look'}</h2>
        <p>{plural(findings.length, 'finding')}, the worst first.</p>
      </header>
      <ol>
        {findings.map((finding) => (
          <FindingLine key={`${finding.code} ${finding.view.name}`} of={finding} />
        ))}
      </ol>
    </section>
  );
}

function FindingLine({ of: { severity, title, detail, cure, view } }: { of: Finding }) {
  const href = hrefOf(view);
  return (
    <li class={severity}>
      <div>
        <h3 class="break">{title}</h3>
        <p class="muted break">{detail}</p>
        <p class="break">
          <b>What to do:</b> {cure}
        </p>
      </div>
      {href !== undefined && (
        <a class="button small" href={href}>
          Look <Drawing name="next" />
        </a>
      )}
    </li>
  );
}

/** The relay, the intake and replicas have no view of their own. */
function hrefOf({ kind, name }: Finding['view']): string | undefined {
  if (kind === 'log' || kind === 'timers') return to(kind);
  if (kind === 'processes') return to(kind, { state: 'stuck' });
  const isView = kind === 'projection' || kind === 'parked' || kind === 'rebuild';
  return isView && name !== null ? to(kind, { name }) : undefined;
}
