// Notices a connection that died without telling: after a silence the server is asked for a sign of life, and without
// one the connection is given up. Anything heard counts as a sign.

export interface LivenessOptions {
  /** Silence after which to ask. */
  readonly idleMs: number;
  /** How long the answer may take. */
  readonly aliveMs: number;
  /** Nothing can be heard because we do not listen: then the silence says nothing. */
  readonly isDeaf: () => boolean;
  readonly ask: () => void;
  readonly giveUp: (silenceMs: number) => void;
}

/** A watch over one connection; `stop` ends it. One timer, however much is heard. */
export class Liveness {
  readonly #options: LivenessOptions;
  #heardAtMs = performance.now();
  #asked = false;
  #timer: NodeJS.Timeout;

  constructor(options: LivenessOptions) {
    this.#options = options;
    this.#timer = setTimeout(() => this.#check(), options.idleMs);
  }

  /** Something was heard. */
  heard(): void {
    this.#heardAtMs = performance.now();
    this.#asked = false;
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #check(): void {
    const { idleMs, aliveMs, isDeaf, ask, giveUp } = this.#options;
    if (isDeaf()) this.heard();
    const silenceMs = performance.now() - this.#heardAtMs;
    if (this.#asked) {
      giveUp(Math.round(silenceMs));
      return;
    }
    // Timers may fire a little early; a wait of nothing would spin.
    const restMs = idleMs - silenceMs;
    if (restMs > 1) {
      this.#timer = setTimeout(() => this.#check(), restMs);
      return;
    }
    this.#asked = true;
    ask();
    this.#timer = setTimeout(() => this.#check(), aliveMs);
  }
}
