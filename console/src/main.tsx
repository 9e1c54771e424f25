/** Where the browser begins. */
import { render } from 'preact';
import { App } from './app/app.tsx';
import { keepPreferences } from './app/preferences.ts';
import { watchRoute } from './app/router.ts';
import { loadWords } from './i18n/words.ts';
import './design/tokens.css';
import './design/base.css';
import './design/components.css';

keepPreferences();
watchRoute();
await loadWords();
render(<App />, document.getElementById('app')!);
