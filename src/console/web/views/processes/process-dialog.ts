import type { ProcessInstance } from '../../api/types.js';

/** The dialog of an act on a process. */
export interface ProcessDialogProps {
  of: ProcessInstance;
  onDone: () => void;
  onClose: () => void;
}
