/**
 * Events by HTTP: each is posted, in order, and counts as told when it was answered well. Webhooks are those of the
 * configuration and those that were made by `webhook.create`, which the journal keeps.
 *
 * @see https://satori.chat/zh-CN/advanced/webhook.html
 */
import { z } from 'zod';
import { sleep, toError, type Clock } from '../../hub/clock.ts';
import type { HubEvent } from '../../hub/event.ts';
import type { Journal } from '../../hub/journal.ts';
import type { Log } from '../../hub/log.ts';
import type { Tail } from '../../hub/tail.ts';
import { tellInOrder } from '../../hub/tell-in-order.ts';
import { OPCODE } from '../../wire/satori/opcodes.ts';
import { webhookSchema, type SatoriFaceConfig, type Webhook } from './config.ts';
import type { BotProgress } from '../../hub/bot-progress.ts';

const prefix = 'satori/webhook/';
const timeoutMs = 30_000;
/** How long until the webhooks of programs are read again after that failed. */
const rereadMs = 30_000;
/** How soon a change of the configuration is seen. */
const lookMs = 1_000;
/** Webhooks that programs may make. */
const limit = 100;

export interface WebhooksHost {
  journal: Pick<Journal, 'get' | 'set' | 'list'>;
  clock: Clock;
  log: Log;
  tail: Tail;
  progress: BotProgress;
  readonly settings: () => SatoriFaceConfig | undefined;
  readonly toJson: (event: HubEvent) => Promise<object | undefined>;
}

export class Webhooks {
  readonly #host: WebhooksHost;
  readonly #made = new Map<string, Webhook>();
  readonly #running = new Map<string, { text: string; stop: AbortController }>();

  constructor(host: WebhooksHost) {
    this.#host = host;
  }

  /** Posts until the tail stops. Never rejects. */
  async run(): Promise<void> {
    const { journal, clock, log, tail } = this.#host;
    while (!tail.signal.aborted) {
      try {
        for (const [, value] of await journal.list(prefix)) {
          const webhook = webhookSchema.parse(JSON.parse(value));
          this.#made.set(webhook.url, webhook);
        }
        break;
      } catch (error) {
        log.warn({ err: toError(error) }, 'the webhooks of programs cannot be read; it is tried again');
        await sleep(clock, rereadMs, tail.signal).catch(() => {
          // The hub stops: the loop ends.
        });
      }
    }
    while (!tail.signal.aborted) {
      this.#adjust();
      await sleep(clock, lookMs, tail.signal).catch(() => {
        // The hub stops: the loop ends.
      });
    }
    for (const { stop } of this.#running.values()) stop.abort();
  }

  /** Whether there is another one to be made. Rejects with a `JournalError`. */
  async create(given: unknown): Promise<boolean> {
    const webhook = webhookSchema.parse(z.object({ url: z.unknown(), token: z.unknown() }).parse(given));
    if (!this.#made.has(webhook.url) && this.#made.size >= limit) return false;
    await this.#host.journal.set([[prefix + webhook.url, JSON.stringify(webhook)]]);
    this.#made.set(webhook.url, webhook);
    this.#adjust();
    return true;
  }

  /** Whether there was such a webhook. Rejects with a `JournalError`. */
  async delete(url: string): Promise<boolean> {
    await this.#host.journal.set([[prefix + url, undefined]]);
    const was = this.#made.delete(url);
    this.#adjust();
    return was;
  }

  /** Begins with those that are new, ends those that are gone or are to be posted otherwise. */
  #adjust(): void {
    const settings = this.#host.settings();
    const wanted = settings ? [...this.#made.values(), ...settings.webhooks] : [];
    const texts = new Map(wanted.map((webhook) => [webhook.url, JSON.stringify(webhook)]));
    for (const [url, { text, stop }] of this.#running) {
      if (texts.get(url) === text) continue;
      stop.abort();
      this.#running.delete(url);
    }
    for (const webhook of wanted) {
      if (this.#running.has(webhook.url)) continue;
      const stop = new AbortController();
      this.#running.set(webhook.url, { text: JSON.stringify(webhook), stop });
      void this.#post(webhook, AbortSignal.any([stop.signal, this.#host.tail.signal]));
    }
  }

  #post(webhook: Webhook, signal: AbortSignal): Promise<void> {
    const { clock, log, tail, progress, toJson, settings } = this.#host;
    return tellInOrder(
      {
        clock,
        tail,
        progress,
        key: `webhook ${webhook.url}`,
        filter: {},
        replayMs: () => (settings()?.replayMinutes ?? 0) * 60_000,
        async tell(event) {
          const json = await toJson(event);
          if (json) await postOne(webhook, json, signal);
        },
        wait: (position) => tail.changed(position, signal),
        failed(reason) {
          const place = URL.parse(webhook.url)?.host;
          log.warn({ webhook: place, reason }, 'a webhook did not take an event; it is tried again');
        },
      },
      signal,
    );
  }
}

async function postOne({ url, token }: Webhook, json: object, signal: AbortSignal): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'satori-opcode': String(OPCODE.event),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(json),
    redirect: 'error',
    signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), signal]),
  });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`it answered ${response.status}`);
}
