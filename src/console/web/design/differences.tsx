import type { Difference } from './diff.js';
import { Scalar } from './json-tree.js';

/** Fields that differ, before and after. The sign before a value says the same as its colour. */
export const Differences = ({ of, label }: { of: readonly Difference[]; label: string }) =>
  of.length === 0 ? (
    <p class="muted">No field differs.</p>
  ) : (
    <dl class="changes" aria-label={label}>
      {of.map(({ path, before, after }) => (
        <div key={path}>
          <dt class="mono break">
            <bdi>{path.replace(/^\//, '') || 'all of it'}</bdi>
          </dt>
          {isThere(before) && (
            <dd class="removed">
              <Scalar of={before} />
            </dd>
          )}
          {isThere(after) && (
            <dd class="added">
              <Scalar of={after} />
            </dd>
          )}
        </div>
      ))}
    </dl>
  );

const isThere = (value: unknown): boolean => value !== null && value !== undefined;
