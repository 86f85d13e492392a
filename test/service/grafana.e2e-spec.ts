/** Compares the dashboard, the alerts and the table of metrics in `docs/` with a real scrape of the service. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { eventually } from '../support/eventually.js';
import { complaintsAbout, knownMetrics, type KnownMetrics } from '../support/repository/promql.js';
import { DataSource } from 'typeorm';
import { addReplicas, Replicas } from '../../src/event-sourcing/for-service.js';
import { startTestService, type TestService } from '../support/http/test-service.js';
import { BrokerCluster, hasBroker } from '../support/servers/broker-cluster.js';
import { ViewingStream } from '../support/servers/viewing-stream.js';

/** Few services have replicas: the dashboard does not show them. */
const OF_REPLICAS = ['eventfold_replica_lag_seconds', 'eventfold_replica_in_use'];

/** The metrics of replicas have samples only where there are replicas. */
async function useAsItsOwnReplica({ app, database }: TestService): Promise<void> {
  addReplicas(app.get(DataSource), [database.url], () => undefined);
  const replicas = app.get(Replicas, { strict: false });
  replicas.start();
  await eventually(() => expect(replicas.statuses).toMatchObject([{ state: 'in-use' }]));
}

interface Panel {
  id: number;
  type: string;
  title: string;
  datasource?: { uid: string };
  gridPos: Record<'x' | 'y' | 'w' | 'h', number>;
  targets?: { expr: string; legendFormat: string; datasource: { uid: string } }[];
}
interface Dashboard {
  schemaVersion: number;
  panels: Panel[];
  templating: { list: { name: string; type: string; definition?: string }[] };
}
interface AlertRules {
  groups: { rules: { alert: string; expr: string; annotations: Record<string, string> }[] }[];
}

const fileOf = (name: string) => readFileSync(join(import.meta.dirname, '../../docs', name), 'utf8');
const dashboard = JSON.parse(fileOf('grafana-dashboard.json')) as Dashboard;
const guide = fileOf('observability.md');
const alerts = (parse(/```yaml\n(groups:[^]*?)```/.exec(guide)![1]!) as AlertRules).groups.flatMap(
  ({ rules }) => rules,
);
const panels = dashboard.panels.filter(({ type }) => type !== 'row');
const queries = panels.flatMap(({ title, targets = [] }) => targets.map((target) => ({ title, ...target })));

const describeScraped = hasBroker() ? describe : describe.skip;
let cluster: BrokerCluster;
let stream: ViewingStream;
let service: TestService;
let text: string;
let known: KnownMetrics;
beforeAll(async () => {
  if (!hasBroker()) return;
  cluster = await BrokerCluster.start(1);
  stream = await ViewingStream.on(cluster);
  service = await startTestService({ ...stream.settings, RELAY: 'on' });
  await useAsItsOwnReplica(service);
  text = await scrapeOfEverything(service);
  known = knownMetrics(text);
});
afterAll(async () => {
  await service?.stop();
  await stream?.close();
  await cluster?.remove();
});

/** By then each metric has a sample: an event was folded, a command refused, a projection rebuilt. */
async function scrapeOfEverything({ api }: TestService): Promise<string> {
  const { body } = await api.post('/viewing/rated', { userId: randomUUID(), contentId: 'a', rating: 5 });
  await api.post('/viewing/rated', { userId: randomUUID() });
  await api.get('/contents/popularity', { 'read-after': String(body.position) });
  await api.post('/projections/content-popularity/rebuild', { hold: true });
  await eventually(async () => {
    const projection = await api.get('/projections/content-popularity');
    expect(projection.body.rebuild.state).toBe('held');
  });
  await eventually(async () => {
    const { body: health } = await api.get('/health/ready');
    expect(health.checks).toMatchObject({ relay: 'ok', intake: 'ok' });
  });
  return (await api.get('/metrics')).body as string;
}

describeScraped('the dashboard', () => {
  it('asks only for metrics and labels that there are', () => {
    expect(queries.length).toBeGreaterThan(20);
    const wrong = queries.flatMap(({ title, expr }) =>
      complaintsAbout(expr, known).map((complaint) => `${title}: ${complaint}`),
    );
    expect(wrong).toEqual([]);
  });

  it('names series by labels that the query leaves', () => {
    for (const { title, expr, legendFormat } of queries) {
      for (const [, label] of legendFormat.matchAll(/{{(\w+)}}/g)) {
        const byLabel = `sum by (${label}) (${expr})`;
        expect({ title, wrong: complaintsAbout(byLabel, known) }).toEqual({ title, wrong: [] });
        const kept = /\bby \(([^)]*)\)/.exec(expr)?.[1]?.split(', ');
        if (kept !== undefined)
          expect({ title, kept }).toEqual({ title, kept: expect.arrayContaining([label]) });
      }
    }
  });

  it('shows every metric of our own', () => {
    const asked = queries.map(({ expr }) => expr).join('\n');
    const ours = [...text.matchAll(/^# TYPE (eventfold_\w+)/gm)].map(([, name]) => name!);
    expect(ours.length).toBeGreaterThan(10);
    // The database's own estimate of a figure that the dashboard shows as measured.
    const left = ['eventfold_projection_events_per_second', ...OF_REPLICAS];
    expect(ours.filter((name) => !asked.includes(name))).toEqual(left);
  });

  it('takes its data source, and all that it filters by, from variables that it has', () => {
    const variables = new Map(dashboard.templating.list.map((variable) => [variable.name, variable]));
    expect(variables.get('datasource')?.type).toBe('datasource');
    for (const { datasource, targets = [] } of panels) {
      for (const source of [datasource, ...targets.map((target) => target.datasource)]) {
        expect(source).toEqual({ type: 'prometheus', uid: '${datasource}' });
      }
    }
    const used = JSON.stringify(dashboard).matchAll(/\$(?!__)\{?(\w+)/g);
    for (const [, name] of used) expect([...variables.keys()]).toContain(name);
    for (const { definition } of variables.values()) {
      const [, metric, label] = /^label_values\((.*), (\w+)\)$/.exec(definition ?? '') ?? [];
      if (definition !== undefined)
        expect(complaintsAbout(`sum by (${label}) (${metric})`, known)).toEqual([]);
    }
  });

  it('is of the schema that Grafana has now, with panels that have an id and a place of their own', () => {
    expect(dashboard.schemaVersion).toBe(42);
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
    const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)} ${y + Math.floor(cell / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
  });
});

describeScraped('the alerts', () => {
  it('ask only for metrics and labels that there are, and tell which', () => {
    expect(alerts.map(({ alert }) => alert)).toContain('EventfoldKeysParked');
    for (const { alert, expr, annotations } of alerts) {
      expect({ alert, wrong: complaintsAbout(expr, known) }).toEqual({ alert, wrong: [] });
      for (const [, label] of JSON.stringify(annotations).matchAll(/\$labels\.(\w+)/g)) {
        const wrong = complaintsAbout(`sum by (${label}) (${expr})`, known);
        expect({ alert, wrong }).toEqual({ alert, wrong: [] });
      }
    }
  });
});

describeScraped('the table of metrics', () => {
  it('has each with its type, its labels and its help, as the service tells them', () => {
    const help = new Map(
      [...text.matchAll(/^# HELP (eventfold_\w+) (.+)$/gm)].map(([, name, is]) => [name!, is!]),
    );
    const rows = [...text.matchAll(/^# TYPE (eventfold_\w+) (\w+)$/gm)].map(([, name, type]) => {
      const ofSamples = known.get(type === 'histogram' ? `${name}_count` : name!) ?? new Set();
      const labels = [...ofSamples].filter((label) => label !== 'job' && label !== 'instance');
      return `${name} | ${type} | ${labels.toSorted().join(', ')} | ${help.get(name!)}`;
    });
    const documented = guide
      .split('\n')
      .filter((line) => line.startsWith('| `eventfold_'))
      .map((line) =>
        line
          .slice(1, -1)
          .split('|')
          .map((cell) => cell.trim().replaceAll('`', ''))
          .join(' | '),
      );
    expect(documented.toSorted()).toEqual(rows.toSorted());
  });
});

describe('the check of a query', () => {
  const SOME: KnownMetrics = new Map([
    ['a_total', new Set(['job', 'verdict'])],
    ['b_bucket', new Set(['job', 'le'])],
  ]);

  it.each([
    ['sum(rate(c_total[5m]))', 'there is no metric c_total'],
    ['rate(a_total{projection="x"}[5m])', 'a_total has no label projection'],
    ['sum by (route) (rate(a_total[5m]))', 'a_total has no label route'],
    ['sum without (route) (rate(a_total[5m]))', 'a_total has no label route'],
    ['a_total / on (route) b_bucket', 'a_total, b_bucket has no label route'],
    ['sum(a_total{le="1"}) / sum(b_bucket{le="1"})', 'a_total has no label le'],
    ['sum(rate(a_total[5m])', 'cannot be read at character 21'],
  ])('sees what is wrong with %s', (query, complaint) => {
    expect(complaintsAbout(query, SOME)).toEqual([complaint]);
  });

  it('lets a right one pass', () => {
    const query =
      'histogram_quantile(0.9, sum by (le) (rate(b_bucket{job=~"$job"}[$__rate_interval]))) > sum(a_total)';
    expect(complaintsAbout(query, SOME)).toEqual([]);
  });
});
