import type { RebuildReport, RowDifference, TableComparison } from '../../api/types.js';
import { Badge, type Tone } from '../../design/badge.js';
import { grouped } from '../../design/figures.js';
import { Scroll } from '../../design/scroll.js';
import { Empty } from '../../design/states.js';
import { Time } from '../../design/time.js';
import { type DifferenceKind, differencesIn, fieldsOf, kindOf } from './differences.js';

/** Living and rebuilt rows, table by table: how many differ, and the first of them side by side. */
export const Comparison = ({ of }: { of: RebuildReport }) => (
  <>
    <p class="muted">
      Compared <Time at={of.comparedAt} />: living rows up to position {grouped(of.livePosition)}, rebuilt
      rows up to {grouped(of.rebuildPosition)}.
    </p>
    {of.tables.map((table) => (
      <Table key={table.table} of={table} />
    ))}
    {differencesIn(of) === 0 && (
      <section class="panel">
        <Empty title="No row differs">The rebuild confirms the living rows.</Empty>
      </section>
    )}
  </>
);

const Table = ({ of: { table, equal, differing, missing, extra, differences } }: { of: TableComparison }) => (
  <section class="panel">
    <header>
      <h2 class="mono break">{table}</h2>
    </header>
    <dl class="facts">
      <Count name="Equal" value={equal} says="the same in both" />
      <Count name="Differing" value={differing} says="in both, with other values" />
      <Count name="Missing" value={missing} says="living, and not rebuilt" />
      <Count name="Extra" value={extra} says="rebuilt, and not living" />
    </dl>
    {differences.length > 0 && <Differences of={differences} all={differing + missing + extra} />}
  </section>
);

const Count = ({ name, value, says }: { name: string; value: number; says: string }) => (
  <div>
    <dt>{name}</dt>
    <dd>
      {grouped(value)} <small>{says}</small>
    </dd>
  </div>
);

const Differences = ({ of, all }: { of: readonly RowDifference[]; all: number }) => (
  <div class="differences">
    <p class="small faint">
      {of.length < all ? `The first ${grouped(of.length)} of ${grouped(all)} rows, by key` : 'By key'}
    </p>
    {of.map((difference, index) => (
      <Difference key={index} of={difference} />
    ))}
  </div>
);

const KINDS: Record<DifferenceKind, { tone: Tone; says: string }> = {
  changed: { tone: 'warning', says: 'The release changes this row.' },
  removed: { tone: 'alarm', says: 'The release removes this row.' },
  added: { tone: 'well', says: 'The release adds this row.' },
};

function Difference({ of }: { of: RowDifference }) {
  const kind = kindOf(of);
  return (
    <Scroll label={`A row that is ${kind}`}>
      <table class="table difference">
        <caption>
          <Badge tone={KINDS[kind].tone}>{kind}</Badge> <span class="muted">{KINDS[kind].says}</span>
        </caption>
        <thead>
          <tr>
            <th scope="col">Field</th>
            <th scope="col">Living</th>
            <th scope="col">Rebuilt</th>
          </tr>
        </thead>
        <tbody>
          {fieldsOf(of).map(({ name, living, rebuilt, differs }) => (
            <tr key={name} class={differs ? 'differs' : ''}>
              <th scope="row" class="mono break">
                {name}
              </th>
              <td class="mono break">{differs && living !== '' ? <del>{living}</del> : living}</td>
              <td class="mono break">{differs && rebuilt !== '' ? <ins>{rebuilt}</ins> : rebuilt}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
