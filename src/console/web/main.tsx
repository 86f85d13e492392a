import { render } from 'preact';
import { followOverview } from './live/overview.js';
import { App } from './shell/app.js';
import { listenToKeys } from './shell/keyboard.js';

followOverview();
listenToKeys();
render(<App />, document.querySelector('#app')!);
