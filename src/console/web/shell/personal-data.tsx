import { useSignal } from '@preact/signals';
import { post } from '../api/client.js';
import { isPersonalDataShown } from '../api/personal-data.js';
import { Button } from '../design/button.js';
import { Confirm } from '../design/confirm.js';
import { ReasonField } from '../design/reason-field.js';

const EFFECTS = [
  'Names, addresses and what else is declared as personal is shown in all views, until you hide it or reload the page.',
  'The log of operations keeps who you are, when you looked, and your reason.',
];

/** Shows personal values after a reason, and hides them again. */
export function PersonalDataButton() {
  const isAsking = useSignal(false);
  if (isPersonalDataShown.value) {
    return (
      <Button kind="quiet" onClick={() => (isPersonalDataShown.value = false)}>
        Hide personal data
      </Button>
    );
  }
  return (
    <>
      <Button kind="quiet" onClick={() => (isAsking.value = true)}>
        Show personal data
      </Button>
      {isAsking.value && <WhyDialog onClose={() => (isAsking.value = false)} />}
    </>
  );
}

function WhyDialog({ onClose }: { onClose: () => void }) {
  const reason = useSignal('');
  const perform = async () => {
    await post('privacy/views', { reason: reason.peek().trim() });
    isPersonalDataShown.value = true;
  };
  return (
    <Confirm
      title="Show personal data?"
      effects={EFFECTS}
      verb="Show"
      isReady={reason.value.trim() !== ''}
      perform={perform}
      onClose={onClose}
    >
      <ReasonField reason={reason} />
    </Confirm>
  );
}
