import { Drawing } from '../design/icon.js';
import { grouped } from '../design/figures.js';
import { projections } from '../live/overview.js';
import { to, view } from '../router/router.js';
import { VIEWS } from './views.js';

export function Navigation() {
  const current = VIEWS[view.value]?.below ?? view.value;
  return (
    <nav class="side" aria-label="Views">
      <ul>
        {Object.entries(VIEWS).map(
          ([name, { title, icon }]) =>
            icon && (
              <li key={name}>
                <a href={to(name)} aria-current={name === current ? 'page' : undefined}>
                  <Drawing name={icon} />
                  {title}
                  {name === 'parked' && <ParkedCount />}
                </a>
              </li>
            ),
        )}
      </ul>
    </nav>
  );
}

function ParkedCount() {
  const count = (projections.value ?? []).reduce((sum, { parkedKeys }) => sum + parkedKeys, 0);
  return count === 0 ? null : <span class="count">{grouped(count)}</span>;
}
