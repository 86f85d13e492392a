/** A line of `eventfold config`. */
export interface ShownSetting {
  name: string;
  value: string | number | boolean | null;
  source: string;
}
