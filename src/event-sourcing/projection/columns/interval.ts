/** The fields of an interval that are not 0. */
export interface IntervalFields {
  years?: number;
  months?: number;
  days?: number;
  hours?: number;
  minutes?: number;
  seconds?: number;
  milliseconds?: number;
}

const UNITS = ['years', 'months', 'days', 'hours', 'minutes', 'seconds'] as const;

/** An interval with the fields that `pg` gives it, whatever `IntervalStyle` is. It can be written again. */
export class Interval implements IntervalFields {
  declare years?: number;
  declare months?: number;
  declare days?: number;
  declare hours?: number;
  declare minutes?: number;
  declare seconds?: number;
  declare milliseconds?: number;

  /** @param stored the fields of `selectInterval`; seconds have a fraction */
  constructor(stored: Readonly<Record<(typeof UNITS)[number], number>>) {
    for (const unit of UNITS) {
      const whole = Math.trunc(stored[unit]);
      if (whole !== 0) this[unit] = whole;
    }
    const microseconds = Math.round((stored.seconds % 1) * 1_000_000);
    if (microseconds !== 0) this.milliseconds = microseconds / 1_000;
  }

  /** `pg` calls this to write the interval. */
  toPostgres(): string {
    const seconds = (this.seconds ?? 0) + (this.milliseconds ?? 0) / 1_000;
    const fields = UNITS.map(
      (unit) => `${unit === 'seconds' ? seconds.toFixed(6) : (this[unit] ?? 0)} ${unit}`,
    );
    return fields.join(' ');
  }
}

/** SQL that selects the fields as JSON, since the text depends on `IntervalStyle`. */
export function selectInterval(column: string): string {
  const fields = UNITS.map((unit) => `'${unit}', extract(${unit.slice(0, -1)} from ${column})`);
  return `case when ${column} is not null then json_build_object(${fields.join(', ')}) end`;
}
