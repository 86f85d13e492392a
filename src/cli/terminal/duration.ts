/** Seconds in the words of people: `3 s`, `2 min 5 s`, `1 h 20 min`. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3_600) return join(whole, 60, 'min', 1, 's');
  if (whole < 86_400) return join(whole, 3_600, 'h', 60, 'min');
  return join(whole, 86_400, 'd', 3_600, 'h');
}

function join(seconds: number, unit: number, unitName: string, rest: number, restName: string): string {
  const left = Math.floor((seconds % unit) / rest);
  return `${Math.floor(seconds / unit)} ${unitName}${left > 0 ? ` ${left} ${restName}` : ''}`;
}
