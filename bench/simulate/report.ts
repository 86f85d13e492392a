import Table from 'cli-table3';
import type { ServiceClient } from './service-client.js';
import { count, type LoadCounts } from './load-counts.js';

interface Popularity {
  title: string | null;
  genre: string | null;
  totalViews: number;
  uniqueViewers: number;
  averageCompletionRate: number;
  ratingAverage: number | null;
  ratingCount: number;
  trendingScore: number;
}

interface Profile {
  name: string;
  subscriptionPlan: string;
  isActive: boolean;
  totalWatchTime: number;
  preferences: string[];
  favoriteGenres: string[];
}

const PROFILES = 5;

/** Prints the read models after the load, and the sums. */
export async function printReport(client: ServiceClient, counts: LoadCounts): Promise<void> {
  printTable('Trending', chartTable(await readChart(client, 'trending')));
  printTable('Most watched', chartTable(await readChart(client, 'views')));
  const profiles = await readProfiles(client, counts.mostActive(PROFILES));
  if (profiles.length > 0) printTable('Most active users', profileTable(profiles));
  printSummary(counts);
}

async function readChart(client: ServiceClient, sort: 'trending' | 'views'): Promise<Popularity[]> {
  const path = `/contents/popularity?sort=${sort}&limit=10`;
  return (await client.read<{ items: Popularity[] }>(path)).items;
}

async function readProfiles(client: ServiceClient, userIds: string[]): Promise<Profile[]> {
  const read = (userId: string) => client.read<Profile>(`/users/${userId}/profile`);
  return Promise.all(userIds.map(read));
}

function chartTable(contents: Popularity[]): string {
  const head = ['#', 'Title', 'Genre', 'Views', 'Viewers', 'Seen', 'Rating', 'Trending'];
  const rows = contents.map((content, index) => [
    index + 1,
    shortened(content.title ?? '-'),
    content.genre ?? '-',
    count(content.totalViews),
    count(content.uniqueViewers),
    `${content.averageCompletionRate.toFixed(0)} %`,
    content.ratingAverage === null
      ? '-'
      : `${content.ratingAverage.toFixed(2)} (${count(content.ratingCount)})`,
    content.trendingScore.toFixed(1),
  ]);
  return tableOf(head, rows);
}

function profileTable(profiles: Profile[]): string {
  const head = ['Name', 'Plan', 'Active', 'Watched', 'Prefers', 'Favourite genres'];
  const rows = profiles.map((profile) => [
    profile.name,
    profile.subscriptionPlan,
    profile.isActive ? 'yes' : 'no',
    `${count(Math.round(profile.totalWatchTime / 3600))} h`,
    someOf(profile.preferences),
    someOf(profile.favoriteGenres),
  ]);
  return tableOf(head, rows);
}

function someOf(genres: string[]): string {
  const shown = genres.slice(0, 2).join(', ');
  return genres.length > 2 ? `${shown} and ${genres.length - 2} more` : shown;
}

function shortened(title: string): string {
  return title.length > 36 ? `${title.slice(0, 35)}…` : title;
}

/** Plain characters without colours, so that a table in a file stays readable. */
function tableOf(head: string[], rows: (string | number)[][]): string {
  const table = new Table({ head, style: { head: [], border: [], compact: true } });
  table.push(...rows);
  return table.toString();
}

function printTable(title: string, table: string): void {
  console.log(`\n${title}\n${table}`);
}

function printSummary(counts: LoadCounts): void {
  const rate = counts.viewingSeconds === 0 ? 0 : counts.events / counts.viewingSeconds;
  console.log(
    `\n${count(counts.users)} users, ${count(counts.events)} viewing events (${counts.verdictSentence()}) ` +
      `in ${counts.seconds.toFixed(1)} s; viewing events at ${count(Math.round(rate))} events/s`,
  );
  if (counts.firstInvalid) console.log(`The first invalid event: ${JSON.stringify(counts.firstInvalid)}`);
  if (counts.verdicts.appended === 0 && counts.verdicts.duplicate > 0) {
    console.log('Everything was there from an earlier run with this seed; another --seed adds more.');
  }
}
