import { useSignal } from '@preact/signals';
import { path, post } from '../../api/client.js';
import { Confirm } from '../../design/confirm.js';
import { ReasonField } from '../../design/reason-field.js';
import type { ProcessDialogProps } from './process-dialog.js';

/** An event that the process handles as if the log had it. */
export function SendDialog({ of: { name, key }, onDone, onClose }: ProcessDialogProps) {
  const type = useSignal('');
  const data = useSignal('{}');
  const reason = useSignal('');
  const parsed = objectOf(data.value);
  return (
    <Confirm
      title={`Send an event to ${name} ${key}?`}
      effects={[
        'The process handles it as if the log had it. Nobody else sees it.',
        'What you did is recorded, with the reason.',
      ]}
      verb="Send"
      isReady={type.value !== '' && reason.value.trim() !== '' && parsed !== undefined}
      perform={async () => {
        const input = { type: type.value, data: parsed, reason: reason.value.trim() };
        await post(path`processes/${name}/${key}/inputs`, input);
        onDone();
      }}
      onClose={onClose}
    >
      <label class="field">
        <span>Type of the event</span>
        <input
          class="input"
          maxLength={200}
          value={type}
          onInput={({ currentTarget }) => (type.value = currentTarget.value.trim())}
        />
      </label>
      <label class="field">
        <span>Data, a JSON object</span>
        <textarea
          class="input mono"
          rows={6}
          aria-invalid={parsed === undefined}
          value={data}
          onInput={({ currentTarget }) => (data.value = currentTarget.value)}
        />
      </label>
      <ReasonField reason={reason} />
    </Confirm>
  );
}

function objectOf(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
