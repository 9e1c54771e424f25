// What this side says it can do (XEP-0030), changing as plugins come and go.
import { DEFAULT_DISCO, type DiscoInfo } from '../disco.ts';

/** Features of an entity; one that several parts need stays until the last has taken it away. */
export class FeatureSet {
  readonly #uses = new Map<string, number>();

  /** @returns takes it away, once */
  add(feature: string): () => void {
    this.#uses.set(feature, (this.#uses.get(feature) ?? 0) + 1);
    let isTaken = false;
    return () => {
      if (isTaken) return;
      isTaken = true;
      const uses = (this.#uses.get(feature) ?? 0) - 1;
      if (uses > 0) this.#uses.set(feature, uses);
      else this.#uses.delete(feature);
    };
  }

  has(feature: string): boolean {
    return this.#uses.has(feature);
  }

  /** What is told to who asks. */
  toInfo(info: DiscoInfo = DEFAULT_DISCO): DiscoInfo {
    return { ...info, features: [...info.features, ...this.#uses.keys()] };
  }
}
