/** Every view: its address, its place in the navigation, its key, and its component. A new view is one entry here. */
import type { ComponentType } from 'preact';
import type { IconName } from '../design/icon.js';
import { CorrelationView } from '../views/correlation/correlation-view.js';
import { LogView } from '../views/log/log-view.js';
import { OperationsView } from '../views/operations/operations-view.js';
import { OverviewView } from '../views/overview/overview-view.js';
import { ParkedView } from '../views/parked/parked-view.js';
import { ProcessesView } from '../views/processes/processes-view.js';
import { ProjectionView } from '../views/projection/projection-view.js';
import { ProjectionsView } from '../views/projections/projections-view.js';
import { RebuildView } from '../views/rebuild/rebuild-view.js';
import { RowView } from '../views/row/row-view.js';
import { TimersView } from '../views/timers/timers-view.js';
import { StreamView } from '../views/stream/stream-view.js';

export interface View {
  title: string;
  component: ComponentType;
  /** Those without an icon are not in the navigation: they are reached from other views and by the search. */
  icon?: IconName;
  /** The letter after `g`. */
  key?: string;
  /** The view of the navigation that is marked while this one is shown. */
  below?: string;
}

export const VIEWS: Readonly<Record<string, View>> = {
  overview: { title: 'Overview', component: OverviewView, icon: 'overview', key: 'o' },
  log: { title: 'Log', component: LogView, icon: 'log', key: 'l' },
  stream: { title: 'Stream', component: StreamView, icon: 'stream', key: 's' },
  correlation: { title: 'Correlation', component: CorrelationView, below: 'log' },
  projections: { title: 'Projections', component: ProjectionsView, icon: 'projections', key: 'p' },
  projection: { title: 'Projection', component: ProjectionView, below: 'projections' },
  rebuild: { title: 'Rebuild', component: RebuildView, below: 'projections' },
  row: { title: 'Rows', component: RowView, icon: 'row', key: 'r' },
  parked: { title: 'Parked keys', component: ParkedView, icon: 'parked', key: 'k' },
  processes: { title: 'Processes', component: ProcessesView, icon: 'processes', key: 'c' },
  timers: { title: 'Timers', component: TimersView, icon: 'timers', key: 't' },
  operations: { title: 'Operations', component: OperationsView, icon: 'operations', key: 'a' },
};
