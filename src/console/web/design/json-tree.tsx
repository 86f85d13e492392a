import { useSignal } from '@preact/signals';
import { Button } from './button.js';
import { grouped } from './figures.js';

/** Members of one object or array that are shown at once, and characters of a text. */
const MEMBERS = 100;
const CHARACTERS = 400;
/** Depth to which a value is open at first. */
const OPEN_DEPTH = 2;

/** A value as a tree that opens and closes. Only open parts are drawn, so a value of a megabyte is shown at once. */
export const JsonTree = ({ of, label }: { of: unknown; label: string }) => (
  <div class="tree" role="group" aria-label={label}>
    <Node of={of} depth={0} />
  </div>
);

interface NodeProps {
  of: unknown;
  depth: number;
  name?: string;
}

function Node({ of, depth, name }: NodeProps) {
  if (typeof of !== 'object' || of === null) {
    return (
      <div class="leaf">
        {name !== undefined && <Name text={name} />}
        <Scalar of={of} />
      </div>
    );
  }
  return <Branch of={of} depth={depth} {...(name !== undefined && { name })} />;
}

function Branch({ of, depth, name }: NodeProps & { of: object }) {
  const isOpen = useSignal(depth < OPEN_DEPTH);
  const shown = useSignal(MEMBERS);
  const entries = Object.entries(of);
  const [left, right] = Array.isArray(of) ? '[]' : '{}';
  return (
    <div class="branch">
      <button type="button" aria-expanded={isOpen.value} onClick={() => (isOpen.value = !isOpen.value)}>
        {name !== undefined && <Name text={name} />}
        <span class="faint">{isOpen.value ? left : `${left} ${grouped(entries.length)} ${right}`}</span>
      </button>
      {isOpen.value && (
        <div class="members">
          {entries.slice(0, shown.value).map(([key, value]) => (
            <Node key={key} name={key} of={value} depth={depth + 1} />
          ))}
          {entries.length > shown.value && (
            <Button isSmall onClick={() => (shown.value += MEMBERS * 10)}>
              {`Show more of ${grouped(entries.length)}`}
            </Button>
          )}
        </div>
      )}
      {isOpen.value && <span class="faint">{right}</span>}
    </div>
  );
}

const Name = ({ text }: { text: string }) => <bdi class="key">{`${text}: `}</bdi>;

/** A text is shown as JSON, which makes signs that cannot be seen visible. */
export function Scalar({ of }: { of: unknown }) {
  const isWhole = useSignal(false);
  const text = JSON.stringify(of) ?? 'undefined';
  const isCut = text.length > CHARACTERS && !isWhole.value;
  return (
    <>
      <bdi class={`scalar ${of === null ? 'null' : typeof of}`}>
        {isCut ? `${text.slice(0, CHARACTERS)} …` : text}
      </bdi>
      {isCut && (
        <Button isSmall onClick={() => (isWhole.value = true)}>
          {`Show all ${grouped(text.length)} characters`}
        </Button>
      )}
    </>
  );
}
