// The requests of peers that handlers are at work on: so that each is answered once, whoever answers and however.
import type { Iq } from '../stanza/iq.ts';

interface OpenRequest {
  readonly from: string | undefined;
  readonly id: string | undefined;
  answered: boolean;
}

/** What an answer finds: nobody asked (or handlers have ended), it is the first, or it is one too many. */
export type AnswerFate = 'unasked' | 'first' | 'again';

/** The open requests of one stream. */
export class OpenRequests {
  readonly #open = new Set<OpenRequest>();

  get size(): number {
    return this.#open.size;
  }

  /** A request came. */
  begin(request: Iq): { readonly answered: boolean; end(): void } {
    const open: OpenRequest = { from: request.attr('from'), id: request.attr('id'), answered: false };
    this.#open.add(open);
    return {
      get answered() {
        return open.answered;
      },
      end: () => void this.#open.delete(open),
    };
  }

  /** An answer is about to be sent. Two requests with one id and sender get an answer each. */
  answer(answer: Iq): AnswerFate {
    let fate: AnswerFate = 'unasked';
    for (const open of this.#open) {
      if (open.id !== answer.attr('id') || open.from !== answer.attr('to')) continue;
      if (!open.answered) {
        open.answered = true;
        return 'first';
      }
      fate = 'again';
    }
    return fate;
  }
}
