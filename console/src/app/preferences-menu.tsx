/** Language and light or dark: two choices that anybody has, logged in or not. */
import { Choices } from '../design/field.tsx';
import { words } from '../i18n/words.ts';
import { language, theme, type Language, type Theme } from './preferences.ts';

const languages: readonly { value: Language; label: string }[] = [
  { value: 'en', label: 'English' },
  { value: 'zh', label: '中文' },
];

export function Preferences() {
  const text = words().preferences;
  const themes: readonly { value: Theme; label: string }[] = [
    { value: 'system', label: text.system },
    { value: 'light', label: text.light },
    { value: 'dark', label: text.dark },
  ];
  return (
    <div class="row">
      <Choices
        label={text.language}
        choices={languages}
        value={language.value}
        onChoose={(value) => (language.value = value)}
      />
      <Choices
        label={text.theme}
        choices={themes}
        value={theme.value}
        onChoose={(value) => (theme.value = value)}
      />
    </div>
  );
}
