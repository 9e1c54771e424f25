/** What one connection of a person is shown: a room of the house, and what was told to the person alone. */
import type { House } from './house.ts';
import type { WebConnection } from './web-connection.ts';
import type { HouseFrame, Resume } from './web-frames.ts';
import type { WebListener, WebRoom } from './web-room.ts';

export class WebView implements WebListener {
  /** The page's own secret: what comes back with it takes the place of what was lost. */
  readonly client: string;
  readonly #connection: WebConnection;
  readonly #house: House;
  #webRoom: WebRoom;
  /** The page has been shown the room, so it is told what happens there. */
  #listening = false;
  #over = false;
  /** The last of what was told to the person alone that the page has. */
  #ownTold: number;
  /** What was told to the person alone behind a number. */
  readonly #ownSince: (told: number) => Iterable<Own>;

  constructor(connection: WebConnection, { house, webRoom, client, ownTold, ownSince }: ViewParts) {
    this.#connection = connection;
    this.#house = house;
    this.#webRoom = webRoom;
    this.client = client;
    this.#ownTold = ownTold;
    this.#ownSince = ownSince;
  }

  get webRoom(): WebRoom {
    return this.#webRoom;
  }

  /** From now on another room is what this is about; `show` shows it. */
  turnTo(webRoom: WebRoom): void {
    this.#webRoom.unlisten(this);
    this.#webRoom = webRoom;
    this.#listening = false;
  }

  /** Shows the room, or what was missed of it, and from now on what happens there. */
  async show(resume?: Resume): Promise<void> {
    const webRoom = this.#webRoom;
    const { room } = webRoom;
    await webRoom.ready();
    const people = await this.#house.peopleOf(room);
    if (this.#over || this.#webRoom !== webRoom) return;
    const missed = resume?.room === room.name ? webRoom.since(resume.epoch, resume.position) : undefined;
    const standing = missed ? { messages: [], more: true } : webRoom.standing;
    const at = { room: room.name, epoch: webRoom.epoch };
    const position = missed && resume ? resume.position : webRoom.position;
    this.tell({ type: 'room', ...at, position, reset: !missed, ...standing, ...people });
    for (const json of missed ?? []) this.#connection.send(json);
    this.#listening = true;
    webRoom.listen(this);
    this.tellOwn();
  }

  tell(frame: HouseFrame): void {
    this.#connection.tell(frame);
  }

  /** An event of the room. */
  send(json: string): void {
    this.#connection.send(json);
  }

  /** Tells what was told to the person alone and is not told here yet. */
  tellOwn(): void {
    if (!this.#listening) return;
    for (const { own, json } of this.#ownSince(this.#ownTold)) {
      this.#connection.send(json);
      this.#ownTold = own;
    }
  }

  /** Where else something was said. */
  tellActivity(news: readonly { room: string; messages: number }[]): void {
    if (!this.#listening) return;
    const rooms = news.filter(({ room }) => room !== this.#webRoom.room.name);
    if (rooms.length > 0) this.tell({ type: 'activity', rooms });
  }

  /** Nothing more is shown here. */
  end(): void {
    this.#over = true;
    this.#listening = false;
    this.#webRoom.unlisten(this);
  }

  /** Ends the connection, too. */
  close(code: Parameters<WebConnection['close']>[0], words: string): void {
    this.end();
    this.#connection.close(code, words);
  }
}

/** What was told to a person alone, by its number. */
export interface Own {
  own: number;
  json: string;
}

interface ViewParts {
  house: House;
  webRoom: WebRoom;
  client: string;
  ownTold: number;
  ownSince: (told: number) => Iterable<Own>;
}
