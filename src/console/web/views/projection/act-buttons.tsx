import { useSignal } from '@preact/signals';
import type { Projection } from '../../api/types.js';
import { Button } from '../../design/button.js';
import { Confirm } from '../../design/confirm.js';
import { showProjection } from '../../live/overview.js';
import type { ProjectionAct } from './acts.js';

export interface ActButtonsProps {
  of: Projection;
  acts: readonly ProjectionAct[];
  onDone?: () => void;
}

/** A button for each act. Each asks first, and says what will happen. */
export function ActButtons({ of, acts, onDone }: ActButtonsProps) {
  const asked = useSignal<ProjectionAct | undefined>(undefined);
  return (
    <>
      {acts.map((act) => (
        <Button key={act.verb} onClick={() => (asked.value = act)}>
          {act.canHold ? `${act.verb} …` : act.verb}
        </Button>
      ))}
      {asked.value && (
        <ActDialog of={of} act={asked.value} onDone={onDone} onClose={() => (asked.value = undefined)} />
      )}
    </>
  );
}

interface ActDialogProps {
  of: Projection;
  act: ProjectionAct;
  onDone: (() => void) | undefined;
  onClose: () => void;
}

function ActDialog({ of, act, onDone, onClose }: ActDialogProps) {
  const isHeld = useSignal(true);
  return (
    <Confirm
      title={act.title(of)}
      effects={act.effects(of, isHeld.value)}
      verb={act.verb}
      isDangerous={act.isDangerous ?? false}
      perform={async () => {
        showProjection(await act.request(of, isHeld.value));
        onDone?.();
      }}
      onClose={onClose}
    >
      {act.canHold && (
        <label class="check">
          <input
            type="checkbox"
            checked={isHeld}
            onChange={({ currentTarget }) => (isHeld.value = currentTarget.checked)}
          />
          <span>Hold it: show me the comparison before a row changes</span>
        </label>
      )}
    </Confirm>
  );
}
