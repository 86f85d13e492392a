/** Every view: its address, its place in the navigation, its key, and its component. A new view is one entry here. */
import type { ComponentType } from 'preact';
import type { IconName } from '../design/icon.js';
import { ProjectionsView } from '../views/projections/projections-view.js';

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
  projections: { title: 'Projections', component: ProjectionsView, icon: 'projections', key: 'p' },
};
