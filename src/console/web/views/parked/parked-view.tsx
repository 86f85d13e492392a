import { useSignal } from '@preact/signals';
import { get, path } from '../../api/client.js';
import { useResource } from '../../api/resource.js';
import type { Page, ParkedKey, Projection } from '../../api/types.js';
import { Button } from '../../design/button.js';
import { grouped, plural } from '../../design/figures.js';
import { PageHeader } from '../../design/page-header.js';
import { Pager } from '../../design/pager.js';
import { Empty, Failed, Loading, Shown, TooMuch } from '../../design/states.js';
import { overviewProblem, projections } from '../../live/overview.js';
import { query, to } from '../../router/router.js';
import { ParkedTable } from './parked-table.js';
import { RetryAll } from './retry-all.js';

const PAGE_SIZE = 50;
/** Beyond this, it is seldom the keys: their cause is one, and is mended before they are retried together. */
const MANY = 1_000;

/** The keys of one projection whose events wait; without a name in the address, those of the first that has any. */
export function ParkedView() {
  const all = projections.value;
  if (all === undefined) {
    return (
      <>
        <PageHeader title="Parked keys" />
        <section class="panel">
          {overviewProblem.value ? <Failed problem={overviewProblem.value} /> : <Loading />}
        </section>
      </>
    );
  }
  const name = query.value.get('name') ?? all.find(({ parkedKeys }) => parkedKeys > 0)?.name;
  const found = all.find((each) => each.name === name);
  return (
    <>
      <PageHeader
        title="Parked keys"
        lead="A key is parked when one of its events cannot be folded. That event and later ones of the key wait; all other keys go on."
      />
      <Choice all={all} chosen={name} />
      {found === undefined ? (
        <NothingParked name={query.value.get('name')} />
      ) : (
        <Keys key={found.name} of={found} />
      )}
    </>
  );
}

const Choice = ({ all, chosen }: { all: readonly Projection[]; chosen: string | undefined }) => (
  <nav class="tabs" aria-label="Projection">
    {all.map(({ name, parkedKeys }) => (
      <a key={name} href={to('parked', { name })} aria-current={name === chosen ? 'page' : undefined}>
        {name} <span class={parkedKeys > 0 ? 'count' : 'faint'}>{grouped(parkedKeys)}</span>
      </a>
    ))}
  </nav>
);

const NothingParked = ({ name }: { name: string | null }) => (
  <section class="panel">
    {name === null ? (
      <Empty title="No key is parked">Every event of every projection has been folded, or will be.</Empty>
    ) : (
      <Empty title={`There is no projection "${name}"`} />
    )}
  </section>
);

function Keys({ of: { name, parkedKeys } }: { of: Projection }) {
  const after = query.value.get('after') ?? undefined;
  const isRetrying = useSignal(false);
  const { loaded, reload } = useResource(
    (signal) =>
      get<Page<ParkedKey>>(path`projections/${name}/parked`, { query: { after, limit: PAGE_SIZE }, signal }),
    [name, after, isRetrying.value ? undefined : parkedKeys],
  );
  return (
    <div class="panels">
      {parkedKeys > MANY && (
        <section class="panel">
          <TooMuch title={`${grouped(parkedKeys)} keys are parked`}>
            So many seldom have a cause each. Mend the cause that the first ones show, then retry all.
          </TooMuch>
        </section>
      )}
      <section class="panel">
        <header>
          <h2>{plural(parkedKeys, 'parked key')}</h2>
          <div class="actions">
            <Button isSmall onClick={reload}>
              Look again
            </Button>
            <RetryAll
              name={name}
              count={parkedKeys}
              onStart={() => (isRetrying.value = true)}
              onEnd={() => (isRetrying.value = false)}
            />
          </div>
        </header>
        <Shown of={loaded.value} onRetry={reload}>
          {({ items, nextCursor }) =>
            items.length === 0 ? (
              <Empty title={after === undefined ? 'No key is parked' : 'No more keys'} />
            ) : (
              <>
                <ParkedTable projection={name} items={items} onChange={reload} />
                <Pager
                  next={nextCursor}
                  shown={`${plural(items.length, 'key')} on this page, ordered by key`}
                />
              </>
            )
          }
        </Shown>
      </section>
    </div>
  );
}
