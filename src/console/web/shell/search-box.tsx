import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { Drawing } from '../design/icon.js';
import { projections } from '../live/overview.js';
import { navigate } from '../router/router.js';
import { learnStreamPrefixes, streamPrefixes } from './stream-prefixes.js';
import { type Suggestion, suggestionsFor } from './suggestions.js';

/** Leads from a position, a stream, a key or an id to the view that shows it. */
export function SearchBox() {
  const text = useSignal('');
  const chosen = useSignal(0);
  const isOpen = useSignal(false);
  const input = useRef<HTMLInputElement>(null);
  const found = suggestionsFor(text.value, {
    projections: (projections.value ?? []).map(({ name }) => name),
    streamPrefixes: streamPrefixes.value,
  });
  const isShown = isOpen.value && found.length > 0;

  const go = (suggestion: Suggestion | undefined) => {
    if (suggestion === undefined) return;
    text.value = '';
    isOpen.value = false;
    input.current?.blur();
    navigate(suggestion.href);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === 'Enter') go(found[chosen.value]);
    else if (event.key === 'Escape') leave();
    else if (step !== undefined) chosen.value = (chosen.value + step + found.length) % (found.length || 1);
    else return;
    event.preventDefault();
  };
  const leave = () => {
    isOpen.value = false;
    input.current?.blur();
  };
  return (
    <div class="search" role="search">
      <Drawing name="search" />
      <input
        ref={input}
        id="search"
        class="input"
        type="text"
        role="combobox"
        aria-label="Search"
        aria-expanded={isShown}
        aria-controls="found"
        aria-autocomplete="list"
        aria-activedescendant={isShown ? `found-${chosen.value}` : undefined}
        placeholder="User, stream, key, position or correlation id"
        autocomplete="off"
        spellcheck={false}
        value={text}
        onInput={({ currentTarget }) => {
          text.value = currentTarget.value;
          chosen.value = 0;
          isOpen.value = true;
        }}
        onFocus={() => {
          isOpen.value = true;
          void learnStreamPrefixes();
        }}
        onBlur={() => (isOpen.value = false)}
        onKeyDown={onKeyDown}
      />
      <kbd aria-hidden="true">/</kbd>
      {isShown && (
        <ul class="found" id="found" role="listbox" aria-label="Where to go">
          {found.map((suggestion, index) => (
            <li
              key={suggestion.href}
              id={`found-${index}`}
              role="option"
              aria-selected={index === chosen.value}
              onPointerEnter={() => (chosen.value = index)}
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => go(suggestion)}
            >
              <span class="kind">{suggestion.kind}</span>
              <span class="what">{suggestion.text}</span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
