import { useEffect, useRef } from 'preact/hooks';
import { isPersonalDataShown } from '../api/personal-data.js';
import { forgetToken, needsToken, token, tokenRequest } from '../api/token.js';
import { Button } from '../design/button.js';
import { PageHeader } from '../design/page-header.js';
import { query, view } from '../router/router.js';
import { ConnectionLine } from './connection-line.js';
import { isKeyListOpen } from './keyboard.js';
import { KeyList } from './key-list.js';
import { Navigation } from './navigation.js';
import { PersonalDataButton } from './personal-data.js';
import { SearchBox } from './search-box.js';
import { SignIn } from './sign-in.js';
import { VIEWS } from './views.js';

export function App() {
  return (
    <div class="shell">
      <a class="skip" href="#main">
        To the content
      </a>
      <header class="top">
        <ConnectionLine />
        <div class="bar">
          <a class="brand" href="overview" aria-label="Eventfold, overview">
            <Mark />
            <span>Eventfold</span>
          </a>
          <SearchBox />
          <div class="tools">
            <PersonalDataButton />
            <TokenButton />
            <Button kind="quiet" label="Keys" title="Keys" onClick={() => (isKeyListOpen.value = true)}>
              <kbd>?</kbd>
            </Button>
          </div>
        </div>
      </header>
      <Navigation />
      <CurrentView />
      <KeyList />
      <SignIn />
    </div>
  );
}

/**
 * The focus follows to a new view, so that a screen reader begins there. A view asks anew when personal data is shown or
 * hidden.
 */
function CurrentView() {
  const main = useRef<HTMLElement>(null);
  const isFirst = useRef(true);
  const name = view.value;
  useEffect(() => {
    if (!isFirst.current) main.current?.focus({ preventScroll: true });
    isFirst.current = false;
  }, [name]);
  const Component = VIEWS[name]?.component;
  return (
    <main class="main" id="main" tabIndex={-1} ref={main}>
      {Component ? (
        <Component key={`${name}?${query.value.get('name') ?? ''}&${isPersonalDataShown.value}`} />
      ) : (
        <PageHeader
          title="There is no such view"
          lead="The navigation and the search lead to all that there are."
        />
      )}
    </main>
  );
}

function TokenButton() {
  if (token.value !== undefined) {
    return (
      <Button kind="quiet" onClick={forgetToken}>
        Sign out
      </Button>
    );
  }
  return tokenRequest.value === undefined && needsToken.value ? (
    <Button onClick={() => (tokenRequest.value = 'missing')}>Sign in</Button>
  ) : null;
}

const Mark = () => (
  <svg width="20" height="20" viewBox="0 0 16 16" aria-hidden="true">
    <rect width="16" height="16" rx="4" fill="var(--accent-fill)" />
    <path d="M4 4.5h8M4 8h5M4 11.5h6.5" stroke="#fff" stroke-width="1.8" stroke-linecap="round" />
  </svg>
);
