import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';

export interface PageHeaderProps {
  title: string;
  /** Where this is: a link to the view above. */
  of?: { text: string; href: string };
  lead?: ComponentChildren;
  children?: ComponentChildren;
}

/** The title of a view, which is also that of the browser's tab, and its actions. */
export function PageHeader({ title, of, lead, children }: PageHeaderProps) {
  useEffect(() => {
    document.title = `${title} · Eventfold`;
  }, [title]);
  return (
    <header class="page-header">
      <div>
        {of && (
          <nav class="of" aria-label="Above">
            <a href={of.href}>{of.text}</a>
            <span aria-hidden="true">/</span>
          </nav>
        )}
        <h1>{title}</h1>
        {lead !== undefined && <p>{lead}</p>}
      </div>
      {children !== undefined && <div class="actions">{children}</div>}
    </header>
  );
}
