import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { asProblem } from '../api/client.js';
import type { Problem } from '../api/problem.js';
import { Button } from './button.js';
import { Dialog } from './dialog.js';
import { ProblemLine } from './states.js';

export interface ConfirmProps {
  title: string;
  /** What will happen, a sentence each. */
  effects: readonly string[];
  /** The word on the button: the verb of the act. */
  verb: string;
  isDangerous?: boolean;
  /** Fields of the act. */
  children?: ComponentChildren;
  isReady?: boolean;
  /** Does it. The dialog stays open, and shows the problem, when this fails. */
  perform: () => Promise<void>;
  onClose: () => void;
}

/** Says what an act will do before it is done. */
export function Confirm({ title, effects, verb, isReady = true, ...rest }: ConfirmProps) {
  const isUnderWay = useSignal(false);
  const problem = useSignal<Problem | undefined>(undefined);
  const submit = async () => {
    if (isUnderWay.peek() || !isReady) return;
    isUnderWay.value = true;
    problem.value = undefined;
    try {
      await rest.perform();
      rest.onClose();
    } catch (error) {
      problem.value = asProblem(error);
    } finally {
      isUnderWay.value = false;
    }
  };
  return (
    <Dialog title={title} onClose={rest.onClose} onSubmit={() => void submit()}>
      <ul class="effects">
        {effects.map((effect) => (
          <li key={effect}>{effect}</li>
        ))}
      </ul>
      {rest.children}
      {problem.value && <ProblemLine problem={problem.value} />}
      <footer>
        <Button onClick={rest.onClose}>Leave as it is</Button>
        <Button
          type="submit"
          kind={rest.isDangerous ? 'danger' : 'primary'}
          isDisabled={isUnderWay.value || !isReady}
        >
          {verb}
        </Button>
      </footer>
    </Dialog>
  );
}
