import type { ComponentChildren } from 'preact';

export interface ButtonProps {
  children: ComponentChildren;
  kind?: 'primary' | 'danger' | 'quiet';
  isSmall?: boolean;
  isDisabled?: boolean;
  type?: 'button' | 'submit';
  title?: string;
  label?: string;
  isPressed?: boolean;
  onClick?: () => void;
}

export const Button = ({ children, kind, isSmall, isDisabled, type = 'button', ...rest }: ButtonProps) => (
  <button
    type={type}
    class={['button', kind, isSmall && 'small'].filter(Boolean).join(' ')}
    disabled={isDisabled}
    title={rest.title}
    aria-label={rest.label}
    aria-pressed={rest.isPressed}
    onClick={rest.onClick}
  >
    {children}
  </button>
);
