/** What a person chose for this browser: language and light or dark. Kept in the browser only. */
import { effect, signal } from '@preact/signals';

export type Theme = 'system' | 'light' | 'dark';
export type Language = 'en' | 'zh';

export const theme = signal<Theme>(readChoice('theme', ['system', 'light', 'dark']) ?? 'system');
export const language = signal<Language>(
  readChoice('language', ['en', 'zh']) ?? (navigator.language.startsWith('zh') ? 'zh' : 'en'),
);

/** Puts the choices into the document and the browser's store, now and whenever they change. */
export function keepPreferences(): void {
  theme.subscribe(onChange((chosen) => keepChoice('theme', chosen)));
  language.subscribe(onChange((chosen) => keepChoice('language', chosen)));
  effect(() => {
    if (theme.value === 'system') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = theme.value;
  });
  effect(() => {
    document.documentElement.lang = language.value === 'zh' ? 'zh-CN' : 'en';
  });
}

/** Passes over the first call, which tells what is, not what was chosen: the system's choice may change. */
function onChange<T>(told: (value: T) => void): (value: T) => void {
  let isFirst = true;
  return (value) => {
    if (!isFirst) told(value);
    isFirst = false;
  };
}

function readChoice<T extends string>(key: string, choices: readonly T[]): T | undefined {
  try {
    const kept = localStorage.getItem(`hutong.${key}`);
    return choices.find((choice) => choice === kept);
  } catch {
    // A browser that keeps nothing for us: the system's choice is as good a start.
    return undefined;
  }
}

function keepChoice(key: string, value: string): void {
  try {
    localStorage.setItem(`hutong.${key}`, value);
  } catch {
    // The same browser: the choice lasts until the page is closed.
  }
}
