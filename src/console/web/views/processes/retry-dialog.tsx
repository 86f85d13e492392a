import { path, post } from '../../api/client.js';
import { Confirm } from '../../design/confirm.js';
import type { ProcessDialogProps } from './process-dialog.js';

export const RetryDialog = ({ of: { name, key, reason }, onDone, onClose }: ProcessDialogProps) => (
  <Confirm
    title={`Retry ${name} ${key}?`}
    effects={[
      ...(reason === null ? [] : [`It is stuck: ${reason}`]),
      'Its failed commands are sent again, and its parked events are handled again, by the code of today.',
      'What you did is recorded.',
    ]}
    verb="Retry"
    perform={async () => {
      await post(path`processes/${name}/${key}/retry`);
      onDone();
    }}
    onClose={onClose}
  />
);
