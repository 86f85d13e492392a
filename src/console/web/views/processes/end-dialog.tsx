import { useSignal } from '@preact/signals';
import { path, post } from '../../api/client.js';
import { Confirm } from '../../design/confirm.js';
import { ReasonField } from '../../design/reason-field.js';
import type { ProcessDialogProps } from './process-dialog.js';

export function EndDialog({ of: { name, key, commands }, onDone, onClose }: ProcessDialogProps) {
  const reason = useSignal('');
  return (
    <Confirm
      title={`End ${name} ${key}?`}
      effects={[
        'Its timers are cancelled, and later events of the key are passed over.',
        ...(commands > 0 ? ['Its commands that are not carried out yet are dropped.'] : []),
        'Nothing is compensated.',
        'What you did is recorded, with the reason.',
      ]}
      verb="End the process"
      isDangerous
      isReady={reason.value.trim() !== ''}
      perform={async () => {
        await post(path`processes/${name}/${key}/end`, { reason: reason.value.trim() });
        onDone();
      }}
      onClose={onClose}
    >
      <ReasonField reason={reason} />
    </Confirm>
  );
}
