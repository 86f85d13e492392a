import { useSignal } from '@preact/signals';
import { Button } from './button.js';

const SHOWN_MS = 1_500;

/** Copies a text, and says so for a moment. */
export function CopyButton({ text, children }: { text: () => string; children: string }) {
  const outcome = useSignal<string | undefined>(undefined);
  const copy = async () => {
    outcome.value = await navigator.clipboard.writeText(text()).then(
      () => 'Copied',
      () => 'The browser forbids it',
    );
    setTimeout(() => (outcome.value = undefined), SHOWN_MS);
  };
  return (
    <Button isSmall onClick={() => void copy()}>
      {outcome.value ?? children}
    </Button>
  );
}
