export interface Gate {
  open: () => void;
  reached: Promise<void>;
  wait: () => Promise<void>;
}

/** A place where work waits until the gate opens. `reached` resolves when work has arrived there. */
export function gate(): Gate {
  let open!: () => void;
  let reach!: () => void;
  const opened = new Promise<void>((resolve) => (open = resolve));
  const reached = new Promise<void>((resolve) => (reach = resolve));
  const wait = () => {
    reach();
    return opened;
  };
  return { open, reached, wait };
}
