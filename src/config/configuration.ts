/** A configuration that was checked: what `load.ts` makes of hutong.yaml and everything else works with. */
import type { Ask } from '../hub/event.ts';
import type { HubPlan } from '../hub/hub.ts';
import type { Link } from '../hub/links.ts';
import type { AccountId } from '../hub/message.ts';
import type { Network, NetworkKind } from '../hub/network.ts';
import type { MediaConfiguration } from './media.ts';
import type { WebConfiguration } from './web.ts';

export interface Configuration {
  /** The file it came from, as errors show it; undefined for the built-in one. */
  readonly file: string | undefined;
  /** Where the journal, media and keys are; absolute. */
  readonly dataFolder: string;
  readonly http: WebConfiguration;
  readonly journal: {
    readonly engine: 'sqlite';
    /** How long events are kept, milliseconds. Missing is for ever. */
    readonly retentionMs?: number;
  };
  readonly media: MediaConfiguration;
  readonly accounts: readonly AccountConfiguration[];
  readonly links: readonly Link[];
  /** What the schemas of the faces that are on made of their settings, by kind. */
  readonly faces: ReadonlyMap<string, unknown>;
  readonly faceListeners: FaceListeners;
  /** The same as plain data, defaults filled in: what two configurations are compared by. Holds secrets. */
  readonly settings: SettingsTree;
  /** Whether a setting's value must not be shown. */
  isSecret(path: readonly (string | number)[]): boolean;
}

export interface AccountConfiguration {
  readonly id: AccountId;
  readonly kind: NetworkKind<unknown>;
  /** What the kind's schema made of it. */
  readonly config: unknown;
  /** The same text as long as nothing changed that the network itself has to know. */
  readonly fingerprint: string;
  readonly whenUnknown: 'resend' | 'leave';
  readonly direct: boolean;
  readonly accept: readonly Ask[];
  /** The addresses it listens on, by the path of the setting: each setting called `listen` is one. */
  readonly listens: ReadonlyMap<string, string>;
}

/** The addresses that faces listen on beside the web server's, by the face's kind, then by the path of the setting. */
export type FaceListeners = ReadonlyMap<string, ReadonlyMap<string, string>>;

export interface SettingsTree {
  data: string;
  http: Readonly<Record<string, unknown>>;
  journal: Readonly<Record<string, unknown>>;
  media: Readonly<Record<string, unknown>>;
  accounts: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  links: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Missing in what an older version wrote down. */
  faces?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** What the hub shall run. */
export function toHubPlan(configuration: Configuration): HubPlan {
  return {
    links: configuration.links,
    accounts: configuration.accounts.map((account) => ({
      id: account.id,
      kind: account.kind.kind,
      fingerprint: account.fingerprint,
      whenUnknown: account.whenUnknown,
      direct: account.direct,
      accept: account.accept,
      open: (): Network => account.kind.open(account.id, account.config),
      update: (network) => account.kind.update?.(network, account.config) ?? false,
    })),
  };
}
