import type { SyntaxNode, SyntaxNodeRef } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';
import { labelsOf, samplesOf } from '../samples.js';

/** The labels of each metric in a scrape, by the names that queries use. */
export type KnownMetrics = ReadonlyMap<string, ReadonlySet<string>>;

/** The labels that Prometheus itself adds to each sample. */
const OF_TARGETS = ['job', 'instance'];

/** @param text an answer of `/metrics` */
export function knownMetrics(text: string): KnownMetrics {
  const known = new Map<string, Set<string>>();
  for (const sample of samplesOf(text).names()) {
    const name = sample.split('{')[0]!;
    const labels = known.get(name) ?? new Set(OF_TARGETS);
    for (const label of Object.keys(labelsOf(sample))) labels.add(label);
    known.set(name, labels);
  }
  return known;
}

/**
 * The faults of a query of Prometheus, in words: its syntax, unknown metrics, unknown labels of a metric. The query may
 * contain variables of Grafana.
 */
export function complaintsAbout(query: string, known: KnownMetrics): string[] {
  const text = query.replaceAll('$__rate_interval', '5m');
  const complaints: string[] = [];
  const textOf = ({ from, to }: SyntaxNodeRef) => text.slice(from, to);
  const tree = parser.parse(text);
  for (const metric of metricsBelow(tree.topNode, textOf)) {
    if (!known.has(metric)) complaints.push(`there is no metric ${metric}`);
  }
  tree.iterate({
    enter: (node) => {
      if (node.type.isError) complaints.push(`cannot be read at character ${node.from}`);
      if (node.name !== 'LabelName') return;
      const metrics = metricsBelow(ownerOf(node.node), textOf).filter((metric) => known.has(metric));
      const hasIt = metrics.some((metric) => known.get(metric)!.has(textOf(node)));
      if (metrics.length > 0 && !hasIt) complaints.push(`${metrics.join(', ')} has no label ${textOf(node)}`);
    },
  });
  return complaints;
}

/** The part of the query to which a label belongs: a selector, an aggregation, both sides of an operator. */
function ownerOf(label: SyntaxNode): SyntaxNode {
  const owners = ['VectorSelector', 'AggregateExpr', 'BinaryExpr'];
  let node = label;
  while (!owners.includes(node.name) && node.parent !== null) node = node.parent;
  return node;
}

function metricsBelow(node: SyntaxNode, textOf: (node: SyntaxNodeRef) => string): string[] {
  const metrics = new Set<string>();
  node.cursor().iterate((below) => {
    const isMetric = below.name === 'Identifier' && below.node.parent?.name === 'VectorSelector';
    if (isMetric) metrics.add(textOf(below));
  });
  return [...metrics];
}
