import { useSignal } from '@preact/signals';
import type { ProcessInstance } from '../../api/types.js';
import { Badge, type Tone } from '../../design/badge.js';
import { Button } from '../../design/button.js';
import { grouped, plural } from '../../design/figures.js';
import { Time } from '../../design/time.js';
import { to } from '../../router/router.js';
import { EndDialog } from './end-dialog.js';
import { RetryDialog } from './retry-dialog.js';
import { SendDialog } from './send-dialog.js';

const TONES: Record<ProcessInstance['state'], Tone> = { running: 'well', stuck: 'warning', ended: 'idle' };

/** A process, with what an operator can do about it. */
export function ProcessLine({ of, onChange }: { of: ProcessInstance; onChange: () => void }) {
  const { name, key, state, reason, step, commands, lastStepAt, nextTimerAt } = of;
  return (
    <tr>
      <td class="name break">
        <a href={to('stream', { id: `${name}-${key}` })}>{key}</a>
        <div class="small muted">{name}</div>
      </td>
      <td>
        <Badge tone={TONES[state]}>{state}</Badge>
        {reason !== null && <p class="small muted break">{reason}</p>}
      </td>
      <td>
        {grouped(step)}
        {commands > 0 && <div class="small">{plural(commands, 'command')} to carry out</div>}
      </td>
      <td>{lastStepAt === null ? '–' : <Time at={lastStepAt} />}</td>
      <td>{nextTimerAt === null ? '–' : <Time at={nextTimerAt} />}</td>
      <td>
        <Acts of={of} onChange={onChange} />
      </td>
    </tr>
  );
}

const DIALOGS = { retry: RetryDialog, send: SendDialog, end: EndDialog };

function Acts({ of, onChange }: { of: ProcessInstance; onChange: () => void }) {
  const asked = useSignal<keyof typeof DIALOGS | undefined>(undefined);
  const Asked = asked.value && DIALOGS[asked.value];
  return (
    <div class="actions">
      {of.state === 'stuck' && (
        <Button isSmall onClick={() => (asked.value = 'retry')}>
          Retry …
        </Button>
      )}
      {of.state !== 'ended' && (
        <>
          <Button isSmall onClick={() => (asked.value = 'send')}>
            Send …
          </Button>
          <Button isSmall onClick={() => (asked.value = 'end')}>
            End …
          </Button>
        </>
      )}
      {Asked && <Asked of={of} onDone={onChange} onClose={() => (asked.value = undefined)} />}
    </div>
  );
}
