import type { RehearsalReport } from './rehearsal-report.js';
import type { Breakage } from './breakage-count.js';

/**
 * The report of a program that reads the log of another application, whose types it may not know. Unknown types do not
 * count as broken; they are listed as not rehearsed.
 */
export function setUnknownTypesAside(report: RehearsalReport): RehearsalReport & { unknownTypes: string[] } {
  const unknown = new Set<string>();
  const types = report.types.map((each) => {
    const breakages = each.breakages.filter((breakage) => !isUnknownType(breakage));
    if (breakages.length < each.breakages.length) unknown.add(each.type);
    return { ...each, breakages };
  });
  const ok = types.every(({ breakages }) => breakages.length === 0);
  return { ...report, ok, types, unknownTypes: [...unknown] };
}

const isUnknownType = ({ code }: Breakage) => code === 'unknown-event-type';
