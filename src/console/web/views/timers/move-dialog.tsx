import { useSignal } from '@preact/signals';
import { path, post } from '../../api/client.js';
import type { Timer } from '../../api/types.js';
import { Confirm } from '../../design/confirm.js';

export interface MoveDialogProps {
  of: Timer;
  onDone: () => void;
  onClose: () => void;
}

/** The time is that of the browser's time zone, as the page shows all times. */
export function MoveDialog({ of, onDone, onClose }: MoveDialogProps) {
  const at = useSignal(localTime(new Date()));
  const time = new Date(at.value);
  return (
    <Confirm
      title={`Move ${of.type} for ${of.streamId}?`}
      effects={[
        'It is due at the new time. A time that has passed is due at once.',
        ...(of.state === 'failed' ? ['Its event is tried again.'] : []),
        'What you did is recorded.',
      ]}
      verb="Move"
      isReady={!Number.isNaN(time.getTime())}
      perform={async () => {
        await post(path`timers/${of.id}/move`, { at: time.toISOString() });
        onDone();
      }}
      onClose={onClose}
    >
      <label class="field">
        <span>Due at</span>
        <input
          class="input"
          type="datetime-local"
          step="1"
          value={at}
          onInput={({ currentTarget }) => (at.value = currentTarget.value)}
        />
      </label>
    </Confirm>
  );
}

/** As such a field of a form wants it. */
function localTime(time: Date): string {
  return new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}
