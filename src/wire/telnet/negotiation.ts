/**
 * Takes telnet's own bytes out of what a client sends. We want no option, so every offer is refused and nothing is
 * ever asked for: a client that knows telnet stays in the line mode it starts in, and netcat never notices.
 *
 * @see RFC 854, RFC 855, RFC 1143
 */

const iac = 255;
const dont = 254;
const doOption = 253;
const wont = 252;
const will = 251;
const subnegotiation = 250;
const eraseLine = 248;
const eraseCharacter = 247;
const areYouThere = 246;
const subnegotiationEnd = 240;

/** The one option whose refusal is itself the answer, each time it is asked for. @see RFC 860 */
const timingMark = 6;

const nul = 0;
const lineFeed = 10;
const carriageReturn = 13;
/** What a keyboard sends to take back a character, and a line: the commands EC and EL are turned into these. */
const backspace = 8;
const killLine = 21;

/** A subnegotiation that is longer than this was none: what follows is read as text again. */
const subnegotiationLimitBytes = 1024;

type State = 'text' | 'command' | 'option' | 'subnegotiation' | 'subnegotiation-command';

/** The filter of one connection. It keeps its place between chunks, wherever they are cut. */
export class TelnetFilter {
  readonly #reply: (bytes: Buffer) => void;
  readonly #answered = new Set<number>();
  #state: State = 'text';
  #verb = 0;
  #subnegotiationBytes = 0;
  #afterReturn = false;

  /** `reply` gets what is to be sent back. */
  constructor(reply: (bytes: Buffer) => void) {
    this.#reply = reply;
  }

  /**
   * The chunk without telnet's bytes; often the chunk itself. `CR NUL`, some clients' Enter, comes out as a line
   * end, any other NUL not at all.
   */
  text(chunk: Buffer): Buffer {
    if (this.#state === 'text' && chunk.indexOf(iac) === -1 && chunk.indexOf(nul) === -1) {
      this.#afterReturn = chunk[chunk.length - 1] === carriageReturn;
      return chunk;
    }
    const text = Buffer.allocUnsafe(chunk.length);
    let length = 0;
    for (const byte of chunk) {
      const out = this.#take(byte);
      if (out !== undefined) text[length++] = out;
    }
    return text.subarray(0, length);
  }

  #take(byte: number): number | undefined {
    switch (this.#state) {
      case 'text':
        return this.#takeText(byte);
      case 'command':
        return this.#takeCommand(byte);
      case 'option':
        this.#state = 'text';
        this.#refuse(this.#verb, byte);
        return undefined;
      case 'subnegotiation':
        this.#subnegotiationBytes++;
        if (byte === iac) this.#state = 'subnegotiation-command';
        else if (this.#subnegotiationBytes > subnegotiationLimitBytes) this.#state = 'text';
        return undefined;
      case 'subnegotiation-command':
        this.#state = byte === subnegotiationEnd ? 'text' : 'subnegotiation';
        return undefined;
    }
  }

  #takeText(byte: number): number | undefined {
    if (byte === iac) {
      this.#state = 'command';
      return undefined;
    }
    const afterReturn = this.#afterReturn;
    this.#afterReturn = byte === carriageReturn;
    if (byte === nul) return afterReturn ? lineFeed : undefined;
    return byte;
  }

  #takeCommand(byte: number): number | undefined {
    this.#state = 'text';
    switch (byte) {
      case iac:
        // A doubled IAC is the byte 255 itself.
        return iac;
      case will:
      case wont:
      case doOption:
      case dont:
        this.#verb = byte;
        this.#state = 'option';
        return undefined;
      case subnegotiation:
        this.#subnegotiationBytes = 0;
        this.#state = 'subnegotiation';
        return undefined;
      case eraseCharacter:
        return backspace;
      case eraseLine:
        return killLine;
      case areYouThere:
        this.#reply(Buffer.from('[Yes]\r\n'));
        return undefined;
      default:
        return undefined;
    }
  }

  /** Refuses each option once: asked again and again it stays refused, and two programs cannot ring. */
  #refuse(verb: number, option: number): void {
    if (verb === wont || verb === dont) return;
    const key = (verb << 8) | option;
    if (this.#answered.has(key) && option !== timingMark) return;
    this.#answered.add(key);
    this.#reply(Buffer.from([iac, verb === doOption ? wont : dont, option]));
  }
}
