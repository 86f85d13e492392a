import { cpus, loadavg, platform, release, totalmem } from 'node:os';

/** The machine and software on which the figures were measured. */
export function describeMachine(postgres: string): Record<string, string | number> {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    'memory GiB': Math.round(totalmem() / 2 ** 30),
    os: `${platform()} ${release().split('-')[0]}`,
    node: process.versions.node,
    postgresql: postgres,
    // The load of the minute before the run: above about 0.5, other programs use the machine, too.
    'load before': loadavg()[0]!.toFixed(1),
  };
}
