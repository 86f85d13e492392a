import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { Button } from './button.js';

export interface SideSheetProps {
  title: string;
  children: ComponentChildren;
  onClose: () => void;
}

/** Details beside a list, which stays usable. Escape closes it, and the focus goes back to where it was. */
export function SideSheet({ title, children, onClose }: SideSheetProps) {
  const sheet = useRef<HTMLElement>(null);
  const close = useRef(onClose);
  close.current = onClose;
  useEffect(() => {
    const before = document.activeElement;
    sheet.current?.focus();
    const listen = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && document.querySelector('dialog[open]') === null) close.current();
    };
    document.addEventListener('keydown', listen);
    return () => {
      document.removeEventListener('keydown', listen);
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <aside class="sheet" aria-label={title} tabIndex={-1} ref={sheet}>
      <header>
        <h2 class="break">{title}</h2>
        <Button isSmall kind="quiet" onClick={onClose}>
          Close
        </Button>
      </header>
      <div class="content">{children}</div>
    </aside>
  );
}
