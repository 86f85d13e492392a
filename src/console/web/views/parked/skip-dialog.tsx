import { useSignal } from '@preact/signals';
import { path, post } from '../../api/client.js';
import type { ParkedKey } from '../../api/types.js';
import { Confirm } from '../../design/confirm.js';
import { grouped, plural } from '../../design/figures.js';
import { ReasonField } from '../../design/reason-field.js';

export interface SkipDialogProps {
  projection: string;
  of: ParkedKey;
  onDone: () => void;
  onClose: () => void;
}

/** A skip is for good, so it wants a reason: a colleague will ask. */
export function SkipDialog({ projection, of, onDone, onClose }: SkipDialogProps) {
  const reason = useSignal('');
  return (
    <Confirm
      title={`Skip ${of.event.type} for ${of.key}?`}
      effects={[
        `The event at position ${grouped(of.position)} is skipped for good: the rows of ${projection} lack its effect.`,
        of.waiting > 1
          ? `${plural(of.waiting - 1, 'event')} behind it are folded, unless one of them fails as well.`
          : 'No event waits behind it.',
        'The event stays in the log. What you did, and why, is recorded.',
      ]}
      verb="Skip"
      isDangerous
      isReady={reason.value.trim() !== ''}
      perform={async () => {
        const target = path`projections/${projection}/parked/${of.key}/skip`;
        await post(target, { reason: reason.value.trim() });
        onDone();
      }}
      onClose={onClose}
    >
      <ReasonField reason={reason} />
    </Confirm>
  );
}
