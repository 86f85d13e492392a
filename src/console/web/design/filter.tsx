import { setQuery } from '../router/router.js';

export interface FilterProps {
  /** What people choose; also its label. */
  label: string;
  /** The parameter of the address. */
  parameter: string;
  /** The words for no choice. */
  all: string;
  chosen: string | undefined;
  /** The words for each value. */
  options: Readonly<Record<string, string>>;
}

/** Shows a part of a list. The choice is in the address, and the list begins anew. */
export const Filter = ({ label, parameter, all, chosen = '', options }: FilterProps) => (
  <select
    class="input"
    aria-label={label}
    value={chosen}
    onChange={({ currentTarget }) =>
      setQuery({ [parameter]: currentTarget.value, after: undefined }, { replace: false })
    }
  >
    <option value="">{all}</option>
    {Object.entries(options).map(([value, words]) => (
      <option key={value} value={value}>
        {words}
      </option>
    ))}
  </select>
);
