import { useSignal } from '@preact/signals';
import { tokenRequest, type TokenRequest, useToken } from '../api/token.js';
import { Button } from '../design/button.js';
import { Dialog } from '../design/dialog.js';

const WORDS: Record<TokenRequest, { title: string; lead: string }> = {
  missing: {
    title: 'This service needs a token',
    lead: 'Paste a bearer token with the scope "admin".',
  },
  refused: {
    title: 'The service does not take this token',
    lead: 'It is not signed by the key of the service, or is for another service. Paste another one.',
  },
  expired: {
    title: 'Your token has expired',
    lead: 'Paste a new one: the page goes on where it is.',
  },
};

/** Asks for a token as soon as the service has refused a request without one. */
export function SignIn() {
  const text = useSignal('');
  const isKept = useSignal(false);
  if (tokenRequest.value === undefined) return null;
  const { title, lead } = WORDS[tokenRequest.value];
  const submit = () => {
    const given = text.value.trim().replace(/^bearer\s+/i, '');
    if (given === '') return;
    text.value = '';
    useToken(given, isKept.value);
  };
  return (
    <Dialog title={title} onClose={() => (tokenRequest.value = undefined)} onSubmit={submit}>
      <p class="muted">{lead}</p>
      <label class="field">
        <span>Token</span>
        <textarea
          class="input mono"
          rows={4}
          autocomplete="off"
          spellcheck={false}
          value={text}
          onInput={({ currentTarget }) => (text.value = currentTarget.value)}
        />
      </label>
      <label class="check">
        <input
          type="checkbox"
          checked={isKept}
          onChange={({ currentTarget }) => (isKept.value = currentTarget.checked)}
        />
        <span>Keep it in this tab until I close it. Otherwise a reload of the page forgets it.</span>
      </label>
      <footer>
        <Button onClick={() => (tokenRequest.value = undefined)}>Not now</Button>
        <Button type="submit" kind="primary" isDisabled={text.value.trim() === ''}>
          Sign in
        </Button>
      </footer>
    </Dialog>
  );
}
