import type { Command } from './command.js';
import { idsOf, Random } from './random.js';

/** A user, and the commands of its life, in order. */
export interface SimulatedUser {
  userId: string;
  name: string;
  /** How much this user watches, relative to the others: a long tail, in which few watch a lot. */
  activity: number;
  commands: Command[];
}

const FIRST_NAMES =
  'Ada Amir Anna Bruno Carla Chen David Elif Emma Farid Grace Hugo Ines Ivan Jonas Kofi Lea Liam Mara Mei Noor Olga Pablo Priya Rosa Sami Tara Tomas Vera Yuki'.split(
    ' ',
  );
const LAST_NAMES =
  'Ahmed Almeida Bauer Berg Costa Dubois Evans Fischer Garcia Haddad Ito Jansen Kaya Kim Kowalski Larsen Lopez Mensah Moreau Nowak Okafor Patel Rossi Sato Silva Singh Smith Tanaka Wang Weber'.split(
    ' ',
  );
const PLANS = ['basic', 'basic', 'standard', 'standard', 'standard', 'premium'] as const;
const PAYMENT_METHODS = ['credit_card', 'credit_card', 'credit_card', 'paypal', 'bank_transfer'] as const;
const REASONS = ['too expensive', 'nothing left to watch', 'moving abroad', 'taking a break'] as const;

const SUBSCRIBES = 0.45;
const UPGRADES = 0.12;
const CHANGES_TASTE = 0.3;
const LEAVES = 0.05;
const COMES_BACK = 0.4;

/** The users of a seed. The first thousand are the same for any number of users. */
export function createPopulation(seed: number, count: number, genres: readonly string[]): SimulatedUser[] {
  const idOf = idsOf(seed);
  return Array.from({ length: count }, (_, index) =>
    createUser(idOf(`user/${index}`), new Random(`${seed}/user/${index}`), genres),
  );
}

function createUser(userId: string, random: Random, genres: readonly string[]): SimulatedUser {
  const name = `${random.pick(FIRST_NAMES)} ${random.pick(LAST_NAMES)}`;
  const activity = paretoActivity(random);
  const commands = [
    registration(userId, name, tasteOf(random, genres)),
    ...subscriptions(userId, random),
    ...preferenceChanges(userId, random, genres),
    ...comingAndGoing(userId, random),
  ];
  return { userId, name, activity, commands };
}

/** Pareto with shape 1.2, cut at 40: about a fifth of the users do three fifths of the watching. */
function paretoActivity(random: Random): number {
  return Math.min((1 - random.next()) ** (-1 / 1.2), 40);
}

function registration(userId: string, name: string, initialPreferences: string[]): Command {
  // The tail of the id keeps addresses unique, also across seeds.
  const email = `${name.toLowerCase().replace(' ', '.')}.${userId.slice(-12)}@example.com`;
  return { method: 'POST', path: '/users', body: { userId, email, name, initialPreferences } };
}

function subscriptions(userId: string, random: Random): Command[] {
  if (!random.chance(SUBSCRIBES)) return [];
  const path = `/users/${userId}/subscription`;
  const plan = random.pick(PLANS);
  const paymentMethod = random.pick(PAYMENT_METHODS);
  const first: Command = { method: 'POST', path, body: { plan, paymentMethod } };
  if (plan === 'premium' || !random.chance(UPGRADES)) return [first];
  return [first, { method: 'POST', path, body: { plan: 'premium', paymentMethod } }];
}

function preferenceChanges(userId: string, random: Random, genres: readonly string[]): Command[] {
  if (!random.chance(CHANGES_TASTE)) return [];
  const preferences = tasteOf(random, genres);
  return [{ method: 'PUT', path: `/users/${userId}/preferences`, body: { preferences } }];
}

function comingAndGoing(userId: string, random: Random): Command[] {
  if (!random.chance(LEAVES)) return [];
  const reason = random.pick(REASONS);
  const leaving: Command = { method: 'POST', path: `/users/${userId}/deactivation`, body: { reason } };
  if (!random.chance(COMES_BACK)) return [leaving];
  return [leaving, { method: 'POST', path: `/users/${userId}/reactivation`, body: {} }];
}

/** One to four genres. */
function tasteOf(random: Random, genres: readonly string[]): string[] {
  return [...new Set(Array.from({ length: random.integer(1, 4) }, () => random.pick(genres)))];
}
