/**
 * The hub's errors. Each has a code that programs can rely on and docs/errors.md explains; a test keeps that page
 * and this table the same. A message says where, why and what to do, and never holds a secret.
 */

/** Every code, with what it means. docs/errors.md says the same at more length. */
export const errorCodes = {
  'config-unreadable': 'The configuration file cannot be read, or is not YAML.',
  'config-invalid': 'The configuration holds something that is not understood.',
  'config-changed': 'Somebody edited the configuration file since the one that a change was made for.',
  'config-unwritable': 'The configuration file cannot be written.',
  'account-auth': 'The network refused the account’s name, password or token; it is not tried again.',
  'account-setup': 'The account cannot work as it is configured; it is not tried again.',
  'account-unreachable': 'The network’s server cannot be reached, or its certificate is refused.',
  'account-silent': 'Nothing was heard from the network for longer than it promised.',
  'account-over': 'The connection this call belongs to is over.',
  'account-unknown': 'There is no such account.',
  'room-unknown': 'There is no such room.',
  'message-unknown': 'There is no such message.',
  'request-unknown': 'There is no such request of somebody to an account.',
  'request-answered': 'A request was answered already, or cannot be answered any more.',
  'person-away': 'A private message is for somebody who cannot be written to at the moment.',
  'not-allowed': 'Somebody tried what only another may do: edit a message that is not theirs.',
  'not-supported': 'The network cannot do this.',
  'delivery-failed': 'The network said that a message did not go out.',
  'delivery-unknown': 'It is not known whether a message went out.',
  'journal-locked': 'Another hub runs on the same data.',
  'journal-full': 'The disk is full.',
  'journal-unwritable': 'The data folder is read-only, or may not be written.',
  'journal-corrupt': 'The journal’s file is damaged or is not one of hutong’s.',
  'journal-newer': 'The journal was written by a newer version of hutong.',
  'journal-closed': 'The journal is closed.',
  'journal-failed': 'The journal could not do what it was asked.',
  'media-too-large': 'A file is larger than the media store takes.',
  'media-refused': 'An address may not be fetched: it is private, or no web address.',
  'media-unreachable': 'An address could not be fetched.',
  'media-failed': 'A file could not be kept or read.',
  'listen-failed': 'A port cannot be listened on, or its certificate cannot be used.',
} as const;

export type ErrorCode = keyof typeof errorCodes;

/** What every error of the hub is. */
export class HutongError extends Error {
  readonly code: ErrorCode;
  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** One mistake of a configuration, as programs are told it. */
export interface ConfigurationProblem {
  /** The setting: `links[0].rooms[1]`; empty for the file as a whole. */
  path: string;
  /** What was expected and what was found. Holds no secret. */
  message: string;
  /** Where in the file, both counted from 1; missing where it is nowhere in it. */
  line?: number;
  column?: number;
}

type ConfigErrorCode = 'config-unreadable' | 'config-invalid' | 'config-changed' | 'config-unwritable';

/** The configuration is wrong: `message` starts with the file, the line and the column, where there are any. */
export class ConfigError extends HutongError {
  /** What the message tells, one by one. */
  readonly problems: readonly ConfigurationProblem[];
  constructor(
    message: string,
    options?: ErrorOptions & { code?: ConfigErrorCode; problems?: readonly ConfigurationProblem[] },
  ) {
    super(options?.code ?? 'config-invalid', message, options);
    this.problems = options?.problems ?? [{ path: '', message }];
  }
}

/**
 * Ends a network's run. `final` says that trying again would not help until somebody changes the configuration
 * or the server: the hub stops, and shows why.
 */
export class AccountError extends HutongError {
  readonly final: boolean;
  constructor(
    code: 'account-auth' | 'account-setup' | 'account-unreachable' | 'account-silent' | 'account-over',
    message: string,
    options?: ErrorOptions,
  ) {
    super(code, message, options);
    this.final = code === 'account-auth' || code === 'account-setup';
  }
}

/** A call refused because of what was asked: an unknown room, an edit by somebody else. */
export class RequestError extends HutongError {
  constructor(
    code:
      | 'account-unknown'
      | 'room-unknown'
      | 'message-unknown'
      | 'request-unknown'
      | 'request-answered'
      | 'person-away'
      | 'not-allowed'
      | 'not-supported',
    message: string,
    options?: ErrorOptions,
  ) {
    super(code, message, options);
  }
}

/** The journal could not do something; `message` names the file. */
export class JournalError extends HutongError {
  constructor(
    code:
      | 'journal-locked'
      | 'journal-full'
      | 'journal-unwritable'
      | 'journal-corrupt'
      | 'journal-newer'
      | 'journal-closed'
      | 'journal-failed',
    message: string,
    options?: ErrorOptions,
  ) {
    super(code, message, options);
  }
}

/**
 * What a network's action throws. `failed`: it certainly did not go out; with `permanent` it never will as it
 * is, without it a later try may do. `unknown`: it may have gone out. Anything else that an action throws is
 * taken as `unknown`, the safe side.
 */
export class DeliveryError extends HutongError {
  readonly outcome: 'failed' | 'unknown';
  readonly permanent: boolean;
  /** The network's wish when to try again, milliseconds from now. */
  readonly retryAfterMs: number | undefined;
  constructor(
    outcome: 'failed' | 'unknown',
    message: string,
    options?: ErrorOptions & { permanent?: boolean; retryAfterMs?: number },
  ) {
    super(outcome === 'failed' ? 'delivery-failed' : 'delivery-unknown', message, options);
    this.outcome = outcome;
    this.permanent = options?.permanent ?? false;
    this.retryAfterMs = options?.retryAfterMs;
  }
}

/** The media store could not keep, fetch or open something; see the codes. */
export class MediaError extends HutongError {
  constructor(
    code: 'media-too-large' | 'media-refused' | 'media-unreachable' | 'media-failed',
    message: string,
    options?: ErrorOptions,
  ) {
    super(code, message, options);
  }
}

/**
 * A door's port cannot be listened on: taken, or not allowed; or its certificate cannot be used. `message` names the
 * address or the file, and the setting.
 */
export class ListenError extends HutongError {
  constructor(message: string, options?: ErrorOptions) {
    super('listen-failed', message, options);
  }
}
