import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Command } from './command.js';

/** A film of the catalogue, with the figures for the simulated audience. */
export interface Film {
  contentId: string;
  title: string;
  genre: string;
  /** How often it is watched, relative to the others: its IMDB votes. */
  votes: number;
  /** IMDB, 1 to 10. */
  rating: number;
  minutes: number;
}

/** A row of `movies.json`. The title can be a number (`1776`) or missing, and most other fields can be, too. */
interface MovieRow {
  Title: string | number | null;
  'Release Date': string;
  'Major Genre': string | null;
  'Running Time min': number | null;
  'IMDB Rating': number | null;
  'IMDB Votes': number | null;
}

// Values for missing fields: about the least votes (the file has 18 to 519,541), the mean rating, a usual length.
const FEW_VOTES = 20;
const MEAN_RATING = 6.3;
const USUAL_MINUTES = 110;
const LONGEST_SLUG = 100;
const LAST_YEAR = 2011;

/** The 3,201 films of the npm package `vega-datasets`, always in the same order under the same ids. */
export function readFilms(): Film[] {
  const rows = JSON.parse(readFileSync(moviesFile(), 'utf8')) as MovieRow[];
  const taken = new Set<string>();
  return rows.map((row) => filmOf(row, taken));
}

export function catalogueCommand(film: Film): Command {
  const { contentId, title, genre } = film;
  return { method: 'PUT', path: `/contents/${contentId}`, body: { title, genre } };
}

// The package exports its entry alone; the file lies in data/, beside the entry's own folder.
function moviesFile(): string {
  const entry = createRequire(import.meta.url).resolve('vega-datasets');
  return join(dirname(entry), '..', 'data', 'movies.json');
}

function filmOf(row: MovieRow, taken: Set<string>): Film {
  const title = String(row.Title ?? 'Untitled').trim();
  return {
    contentId: claimId(`${slugOf(title)}-${yearOf(row)}`, taken),
    title,
    genre: row['Major Genre']?.toLowerCase() ?? 'unknown',
    votes: row['IMDB Votes'] ?? FEW_VOTES,
    rating: row['IMDB Rating'] ?? MEAN_RATING,
    minutes: row['Running Time min'] ?? USUAL_MINUTES,
  };
}

/** The file made its years from two digits: it has The Wizard of Oz in 2039. Its last films are of 2011. */
function yearOf(row: MovieRow): number {
  const year = Number(row['Release Date'].slice(-4));
  return year > LAST_YEAR ? year - 100 : year;
}

function slugOf(title: string): string {
  const plain = title
    .normalize('NFKD')
    .replace(/\p{Mark}/gu, '')
    .toLowerCase();
  const slug = plain
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, LONGEST_SLUG)
    .replace(/^-|-$/g, '');
  return slug === '' ? 'film' : slug;
}

/** Films with the same title and year get a number. */
function claimId(wanted: string, taken: Set<string>): string {
  let id = wanted;
  for (let count = 2; taken.has(id); count++) id = `${wanted}-${count}`;
  taken.add(id);
  return id;
}
