/** What `hutong.yaml` can say of a house, with its bounds and defaults. */
import { z } from 'zod';
import { parseAddress, type ListenAddress } from '../../hub/address.ts';
import { fileSetting } from '../../hub/settings.ts';
import { encodingNames } from '../../wire/telnet/encoding.ts';

const defaultListen = '127.0.0.1:5267';

const roomName = z
  .string()
  .regex(
    /^[\p{L}\p{N}_][\p{L}\p{M}\p{N}_.+-]{0,63}$/u,
    'a room is one word of letters, figures and _ . + -, of 1 to 64 characters',
  );

const listenAddress = z.string().transform((value, context): ListenAddress => {
  try {
    return parseAddress(value);
  } catch (error) {
    context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) });
    return z.NEVER;
  }
});

const flood = z.strictObject({
  linesPerSecond: z.number().positive().max(1_000_000).default(100),
  burstLines: z.int().min(1).max(1_000_000).default(500),
});

const telnetDoor = z.strictObject({
  /** Address and port; port 0 is any free one. */
  listen: listenAddress.prefault(defaultListen),
  /** Of clients that have not chosen one by the command `encoding`. */
  encoding: z.enum(encodingNames).default('utf-8'),
  /** PEM files; without them the line is not encrypted. */
  tls: z.strictObject({ cert: fileSetting(), key: fileSetting() }).optional(),
  /** Clients at once. */
  sessions: z.int().min(1).max(100_000).default(4096),
  /** A client that has typed nothing for so long is logged out; 0 is never. */
  idleMinutes: z.number().min(0).max(525_600).default(0),
  /** A client that has not logged in after so long is disconnected; 0 is never. */
  loginMinutes: z.number().min(0).max(525_600).default(10),
  /** The longest line, its end not counted. */
  lineBytes: z.int().min(256).max(1_048_576).default(65_536),
  /** How much waits for a client that does not read before it is disconnected. */
  backlogBytes: z.int().min(65_536).max(1_073_741_824).default(8_388_608),
  /** How fast lines of a client are read; `false` is as fast as they come. */
  flood: z.union([flood, z.literal(false)]).prefault({}),
});

const webDoor = z.strictObject({
  /** Whether people come in who have not logged in to the web server. */
  guests: z.boolean().default(false),
  /** Browsers at once. */
  sessions: z.int().min(1).max(100_000).default(4096),
  /** How long somebody is kept whose connection is lost. */
  awaySeconds: z.number().min(0).max(86_400).default(60),
  /** The largest frame of a browser. */
  frameBytes: z.int().min(1024).max(1_048_576).default(65_536),
  /** How fast frames of a browser are read. */
  framesPerSecond: z.number().min(1).max(10_000).default(20),
  /** How much waits for a browser that does not read before it is let go. */
  backlogBytes: z.int().min(65_536).max(1_073_741_824).default(8_388_608),
  /** The largest file that a browser may bring; 0 is none. */
  uploadBytes: z.int().min(0).max(10_737_418_240).default(26_214_400),
});

export type WebDoorConfig = z.output<typeof webDoor>;

export type TelnetDoorConfig = z.output<typeof telnetDoor>;

/** One door, several, or `false` for none; a list from here on. */
const telnet = z
  .union([telnetDoor, z.array(telnetDoor).min(1).max(16), z.literal(false)])
  .transform((doors): TelnetDoorConfig[] => (doors === false ? [] : Array.isArray(doors) ? doors : [doors]));

export const houseConfig = z.strictObject({
  /** What it calls itself when it welcomes somebody. */
  name: z
    .string()
    .regex(/^[^\p{Cc}\p{Zl}\p{Zp}]{1,64}$/u, 'a name is one line of 1 to 64 characters')
    .default('hutong'),
  /** The rooms; people enter the first one. */
  rooms: z
    .array(roomName)
    .min(1)
    .max(1000)
    .refine((rooms) => new Set(rooms.map(toRoomKey)).size === rooms.length, 'two rooms have the same name')
    .default(['lobby']),
  /** How many lines `history` shows when it is not told. */
  historyLines: z.int().min(1).max(1000).default(20),
  /** The telnet door; `false` is none, a list is several, such as one more for GBK terminals. */
  telnet: telnet.prefault({}),
  /** The web door; `false` is none. */
  web: z.union([webDoor, z.literal(false)]).prefault({}),
});

export type HouseConfig = z.output<typeof houseConfig>;
/** Rooms are found whatever their capitals. */
export function toRoomKey(room: string): string {
  return room.normalize('NFKC').toLowerCase();
}
