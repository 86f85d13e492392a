import type { ComponentChildren } from 'preact';

/** A table of texts alone, which a narrow page scrolls. It takes the focus, since nothing in it does: keys scroll it. */
export const Scroll = ({ label, children }: { label: string; children: ComponentChildren }) => (
  <div class="scroll" role="group" aria-label={label} tabIndex={0}>
    {children}
  </div>
);
