/**
 * Every word of the console in the chosen language. English is the shape: another language that lacks a word, or has
 * one too many, does not pass the type check. The language that is not used is not loaded.
 */
import { effect, signal } from '@preact/signals';
import { language, type Language } from '../app/preferences.ts';
import type { Dictionary } from './en.ts';

const current = signal<Dictionary | undefined>(undefined);

const loaders: Readonly<Record<Language, () => Promise<Dictionary>>> = {
  en: () => import('./en.ts').then((module) => module.en),
  zh: () => import('./zh.ts').then((module) => module.zh),
};

/** Resolves when the chosen language is loaded; from then on a change of the choice changes the words on the page. */
export function loadWords(): Promise<void> {
  return new Promise((resolve) => {
    effect(() => {
      const wanted = language.value;
      void loaders[wanted]().then((loaded) => {
        if (language.peek() === wanted) current.value = loaded;
        resolve();
      });
    });
  });
}

/** The words. Read while rendering, so that what shows them follows the language. */
export function words(): Dictionary {
  if (current.value === undefined) throw new Error('loadWords() has not resolved yet');
  return current.value;
}
