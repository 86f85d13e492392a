/**
 * The address of a view: its name is the last part of the path, its parameters are the query. Every state of a view
 * that a colleague should see is a parameter.
 */
import { computed, signal } from '@preact/signals';

/** Parameters of a view. Undefined and empty ones are left out of the address. */
export type Parameters = Record<string, string | number | readonly string[] | undefined>;

const address = signal(new URL(location.href));

export const view = computed(() => address.value.pathname.split('/').at(-1)!);
export const query = computed(() => address.value.searchParams);

/** A position among the parameters; null when there is none, or what is there is no position. */
export function positionOf(name: string): number | null {
  const text = query.value.get(name) ?? '';
  return /^[1-9]\d{0,14}$/.test(text) ? Number(text) : null;
}

/** The address of a view, relative to the folder of the page. */
export function to(name: string, parameters: Parameters = {}): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(parameters)) {
    for (const each of [value ?? []].flat()) if (each !== '') search.append(key, String(each));
  }
  return search.size === 0 ? name : `${name}?${search}`;
}

/** Shows a view. With `replace`, it takes the place of this one in the history. */
export function navigate(target: string, { replace = false } = {}): void {
  const next = new URL(target, location.href);
  if (next.href === location.href) return;
  const hasChanged = next.pathname !== location.pathname;
  history[replace ? 'replaceState' : 'pushState']({}, '', next);
  address.value = next;
  if (hasChanged) scrollTo(0, 0);
}

/** Changes parameters of this view; undefined takes one out. */
export function setQuery(changes: Parameters, { replace = true } = {}): void {
  const search = new URLSearchParams(query.peek());
  for (const [key, value] of Object.entries(changes)) {
    search.delete(key);
    for (const each of [value ?? []].flat()) if (each !== '') search.append(key, String(each));
  }
  navigate(search.size === 0 ? view.peek() : `${view.peek()}?${search}`, { replace });
}

window.addEventListener('popstate', () => (address.value = new URL(location.href)));

/** Links within the page change the view without loading the page; a click with a key opens a new tab as usual. */
document.addEventListener('click', (event) => {
  const link = event.target instanceof Element ? event.target.closest('a[href]') : null;
  if (!(link instanceof HTMLAnchorElement) || event.defaultPrevented || event.button !== 0) return;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || !isOfPage(link)) return;
  event.preventDefault();
  navigate(link.href);
});

const isOfPage = ({ origin, pathname, target, hash }: HTMLAnchorElement): boolean =>
  origin === location.origin &&
  target === '' &&
  hash === '' &&
  folderOf(pathname) === folderOf(location.pathname);

const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/') + 1);
