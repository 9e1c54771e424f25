/** The `faces:` of a configuration: each checked by the schema of its own kind. */
import type { FaceKind, FaceSurroundings } from '../hub/face.ts';
import { checkSettings } from './check.ts';
import { findListens } from './listeners.ts';
import { didYouMean } from './nearest.ts';
import type { Problem, SettingPath } from './problems.ts';
import { withAbsoluteFiles } from './schema-walk.ts';

export interface FaceContext {
  kinds: readonly FaceKind<unknown>[];
  /** Missing while it is not known: what depends on it is not looked at. */
  around: FaceSurroundings | undefined;
  /** Relative names of files count from it. */
  folder: string;
  isSecret(path: SettingPath): boolean;
}

export interface LoadedFaces {
  /** What each kind's schema made of its settings. */
  faces: Map<string, unknown>;
  /** The same as it was written. */
  settings: Map<string, Readonly<Record<string, unknown>>>;
  listeners: Map<string, Map<string, string>>;
  problems: Problem[];
}

export function loadFaces(written: Readonly<Record<string, unknown>>, context: FaceContext): LoadedFaces {
  const { kinds, around } = context;
  const loaded: LoadedFaces = {
    faces: new Map(),
    settings: new Map(),
    listeners: new Map(),
    problems: [],
  };
  for (const [name, value] of Object.entries(written)) {
    const path = ['faces', name];
    const kind = kinds.find((each) => each.kind === name);
    if (!kind) {
      loaded.problems.push({ path, part: 'key', message: explainUnknown(name, kinds) });
      continue;
    }
    // `waas:` with nothing behind it means a face without settings.
    const settings = withAbsoluteFiles(kind.config, value ?? {}, context.folder);
    const checked = checkSettings(kind.config, settings, path, (at) => context.isSecret(at));
    if (!checked.ok) {
      loaded.problems.push(...checked.problems);
      continue;
    }
    const unfit = around ? (kind.check?.(checked.value, around) ?? []) : [];
    loaded.problems.push(
      ...unfit.map(({ key, message }): Problem => ({ path: [...path, key], part: 'value', message })),
    );
    loaded.faces.set(name, checked.value);
    const listens = findListens(checked.value, path);
    if (listens.size > 0) loaded.listeners.set(name, listens);
    loaded.settings.set(name, settings as Readonly<Record<string, unknown>>);
  }
  return loaded;
}

function explainUnknown(name: string, kinds: readonly FaceKind<unknown>[]): string {
  const known = kinds.map(({ kind }) => kind);
  const which = known.length === 0 ? 'this version has none yet' : `known are ${known.join(', ')}`;
  return `unknown face: ${which}.${didYouMean(name, known)}`;
}
