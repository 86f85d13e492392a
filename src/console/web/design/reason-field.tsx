import type { Signal } from '@preact/signals';

/** As long as the API takes one. */
const MAX_LENGTH = 1_000;

/** Why an act is done: it is recorded, and a colleague will ask. */
export const ReasonField = ({ reason }: { reason: Signal<string> }) => (
  <label class="field">
    <span>Reason</span>
    <textarea
      class="input"
      rows={2}
      maxLength={MAX_LENGTH}
      value={reason}
      onInput={({ currentTarget }) => (reason.value = currentTarget.value)}
    />
  </label>
);
