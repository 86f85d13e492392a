import { Button } from '../design/button.js';
import { Dialog } from '../design/dialog.js';
import { isKeyListOpen } from './keyboard.js';
import { VIEWS } from './views.js';

const close = () => (isKeyListOpen.value = false);

export function KeyList() {
  if (!isKeyListOpen.value) return null;
  const views = Object.values(VIEWS).filter(({ key }) => key !== undefined);
  return (
    <Dialog title="Keys" onClose={close} onSubmit={close}>
      <dl class="keys">
        <Key keys={['/']}>Search</Key>
        {views.map(({ key, title }) => (
          <Key keys={['g', key!]}>{title}</Key>
        ))}
        <Key keys={['?']}>This list</Key>
        <Key keys={['Esc']}>Close what is open</Key>
      </dl>
      <footer>
        <Button type="submit">Close</Button>
      </footer>
    </Dialog>
  );
}

const Key = ({ keys, children }: { keys: string[]; children: string }) => (
  <>
    <dt>
      {keys.map((key) => (
        <>
          <kbd>{key}</kbd>{' '}
        </>
      ))}
    </dt>
    <dd>{children}</dd>
  </>
);
