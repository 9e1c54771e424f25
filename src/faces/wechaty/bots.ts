/**
 * The bots that are there, by their tokens. Several with one token each have a stream of their own, and share a place: it is
 * where the first of them has got.
 */
import type { BotProgress } from '../../hub/bot-progress.ts';
import type { Tail } from '../../hub/tail.ts';
import { Acknowledgements } from './acknowledgements.ts';
import { BotStream } from './bot-stream.ts';
import type { Door, Visitor, WritingCall } from './door.ts';
import type { Events } from './events.ts';
import { Failure } from './failure.ts';
import type { WechatyHost } from './host.ts';
import { numberOf, textOf, type Handlers } from './methods/method.ts';
import type { People } from './people.ts';
import { EVENT_TYPE } from './protobuf.ts';

export interface BotsOptions {
  host: WechatyHost;
  people: People;
  tail: Tail;
  progress: BotProgress;
  events: Events;
  heartbeatMs: number;
  door: Door;
}

interface Present {
  acknowledgements: Acknowledgements;
  streams: Set<BotStream>;
}

/** Streams of one token at once. */
const streamLimit = 16;

export class Bots {
  readonly #options: BotsOptions;
  readonly #present = new Map<string, Present>();
  readonly #serving = new Set<Promise<void>>();

  constructor(options: BotsOptions) {
    this.#options = options;
  }

  /** What a bot says of itself. None of it touches the account, which is there for others, too. */
  readonly handlers: Handlers = {
    start: async () => ({}),
    stop: async () => ({}),
    logout: async () => ({}),
    ding: async (request, visitor) => {
      this.#tell(visitor, EVENT_TYPE.dong, { data: textOf(request, 'data') });
      return {};
    },
    /** Clients forget what they know when they hear this, and wait for it. */
    dirtyPayload: async (request, visitor) => {
      const [payloadType, payloadId] = [numberOf(request, 'type'), textOf(request, 'id')];
      this.#tell(visitor, EVENT_TYPE.dirty, { payloadType, payloadId });
      return {};
    },
  };

  /** A bot asks for a message: it has got the event. */
  asked(message: string, { key }: Visitor): void {
    this.#present.get(key)?.acknowledgements.asked(message);
  }

  /** Tells a bot what happens until it goes, or the face stops. Rejects with a `Failure`. */
  async serve(call: WritingCall, visitor: Visitor): Promise<void> {
    const { progress, door } = this.#options;
    const { key } = visitor;
    const present = this.#present.get(key) ?? {
      acknowledgements: new Acknowledgements((position) => progress.reached(key, position)),
      streams: new Set<BotStream>(),
    };
    if (present.streams.size >= streamLimit) {
      throw new Failure('RESOURCE_EXHAUSTED', `${streamLimit} bots with this token are here already`);
    }
    this.#present.set(key, present);
    const { acknowledgements, streams } = present;
    const stream = new BotStream(call, visitor, {
      ...this.#options,
      acknowledgements,
      admit: () => door.visitor(call),
    });
    streams.add(stream);
    const serving = stream.serve();
    this.#serving.add(serving);
    try {
      await serving;
    } finally {
      this.#serving.delete(serving);
      streams.delete(stream);
      // Who comes next begins at what has arrived.
      if (streams.size === 0) this.#present.delete(key);
    }
  }

  /** How many there are. */
  get count(): number {
    return this.#serving.size;
  }

  /** Resolves when all have gone, after the tail was stopped. */
  async ended(): Promise<void> {
    await Promise.allSettled(this.#serving);
  }

  #tell({ key }: Visitor, type: number, payload: object): void {
    for (const stream of this.#present.get(key)?.streams ?? []) stream.emit(type, payload);
  }
}
