import { useSignal } from '@preact/signals';
import { path, post } from '../../api/client.js';
import type { Timer } from '../../api/types.js';
import { Badge, type Tone } from '../../design/badge.js';
import { Button } from '../../design/button.js';
import { Confirm } from '../../design/confirm.js';
import { Time } from '../../design/time.js';
import { to } from '../../router/router.js';
import { MoveDialog } from './move-dialog.js';

const TONES: Record<Timer['state'], Tone> = {
  pending: 'well',
  fired: 'idle',
  failed: 'warning',
  cancelled: 'idle',
};

/** A timer, with what an operator can do about it. */
export function TimerLine({ of, onChange }: { of: Timer; onChange: () => void }) {
  const { dueAt, state, failure, type, streamId, process, key, name } = of;
  return (
    <tr>
      <td>
        <Time at={dueAt} />
      </td>
      <td>
        <Badge tone={TONES[state]}>{state}</Badge>
        {failure !== null && <p class="small muted break">{failure}</p>}
      </td>
      <td class="name">
        {type}
        <div class="small break">
          <a href={to('stream', { id: streamId })}>{streamId}</a>
        </div>
      </td>
      <td class="break">{[process, key, name].filter((each) => each !== null).join(' · ')}</td>
      <td>{state !== 'cancelled' && <Acts of={of} onChange={onChange} />}</td>
    </tr>
  );
}

function Acts({ of, onChange }: { of: Timer; onChange: () => void }) {
  const asked = useSignal<'move' | 'cancel' | undefined>(undefined);
  const onClose = () => (asked.value = undefined);
  return (
    <div class="actions">
      <Button isSmall onClick={() => (asked.value = 'move')}>
        Move …
      </Button>
      <Button isSmall onClick={() => (asked.value = 'cancel')}>
        Cancel …
      </Button>
      {asked.value === 'move' && <MoveDialog of={of} onDone={onChange} onClose={onClose} />}
      {asked.value === 'cancel' && <CancelDialog of={of} onDone={onChange} onClose={onClose} />}
    </div>
  );
}

const CancelDialog = ({ of, onDone, onClose }: { of: Timer; onDone: () => void; onClose: () => void }) => (
  <Confirm
    title={`Cancel ${of.type} for ${of.streamId}?`}
    effects={['Its event is never appended.', 'What you did is recorded.']}
    verb="Cancel the timer"
    isDangerous
    perform={async () => {
      await post(path`timers/${of.id}/cancel`);
      onDone();
    }}
    onClose={onClose}
  />
);
