const today = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });
const other = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

/** An instant in the person's zone. The pointer shows it in UTC, and to the millisecond. */
export function Time({ at }: { at: string | null | undefined }) {
  if (at === null || at === undefined) return <span class="faint">–</span>;
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return <span>{at}</span>;
  const isToday = date.toDateString() === new Date().toDateString();
  return (
    <time dateTime={at} title={inUtc(date)}>
      {(isToday ? today : other).format(date)}
    </time>
  );
}

const inUtc = (date: Date): string => date.toISOString().replace('T', ' ').replace('Z', ' UTC');
