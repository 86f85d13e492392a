import type { ComponentChildren } from 'preact';
import type { Projection } from '../../api/types.js';
import { PageHeader } from '../../design/page-header.js';
import { Empty, Failed, Loading } from '../../design/states.js';
import { overviewProblem, projections } from '../../live/overview.js';
import { query, to } from '../../router/router.js';

export interface KnownProjectionProps {
  title: (name: string) => string;
  children: (of: Projection) => ComponentChildren;
}

/** Shows the projection that the address names, as soon as its status is known. */
export function KnownProjection({ title, children }: KnownProjectionProps) {
  const name = query.value.get('name') ?? '';
  const found = projections.value?.find((each) => each.name === name);
  if (found !== undefined) return <>{children(found)}</>;
  return (
    <>
      <PageHeader title={title(name)} of={{ text: 'Projections', href: to('projections') }} />
      <section class="panel">
        <Unknown name={name} />
      </section>
    </>
  );
}

function Unknown({ name }: { name: string }) {
  if (projections.value !== undefined) {
    return (
      <Empty title={`There is no projection "${name}"`}>
        It may have another name, or is of another store.
      </Empty>
    );
  }
  return overviewProblem.value ? <Failed problem={overviewProblem.value} /> : <Loading />;
}
