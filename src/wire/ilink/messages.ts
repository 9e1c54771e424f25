// What the server sends, as far as it is used. Everything may be missing: the server leaves out what is empty.
import { z } from 'zod';

/** Whether somebody said it, or the bot. */
export const MESSAGE_TYPE = { user: 1, bot: 2 } as const;
/** Whether a message is whole yet. */
export const MESSAGE_STATE = { finished: 2 } as const;
export const ITEM_TYPE = { text: 1, image: 2, voice: 3, file: 4, video: 5 } as const;

/** A number, also one that came as a string: 64 bits are written so. */
const integer = z.union([z.number(), z.string().regex(/^\d+$/).transform(Number)]).nullish();
const text = z.string().nullish();
/** An id; every digit counts. */
const id = z
  .union([z.string(), z.int().nonnegative().transform(String)])
  .nullish()
  .transform((value) => (value === '' || value === '0' ? undefined : (value ?? undefined)));

/** Where a file is in the file store, and its key. */
const storedFileSchema = z.object({
  encrypt_query_param: text,
  /** Base64 of the key, or of its hexadecimal digits. */
  aes_key: text,
  /** The whole address, where the server gives one. */
  full_url: text,
});

export type StoredFile = z.output<typeof storedFileSchema>;

const referenceSchema = z.object({
  /** A summary. */
  title: text,
  svr_id: id,
  message_item: z
    .object({ msg_id: id, type: integer, text_item: z.object({ text }).nullish() })
    .nullish()
    .catch(undefined),
});

/** A part of a message. */
export const itemSchema = z.object({
  type: integer,
  msg_id: id,
  /** What it answers. */
  ref_msg: referenceSchema.nullish().catch(undefined),
  text_item: z.object({ text }).nullish(),
  /** `aeskey`: the key as hexadecimal digits; it counts before that in `media`. */
  image_item: z.object({ media: storedFileSchema.nullish(), aeskey: text }).nullish(),
  /** `text`: what was said, as the server understood it. */
  voice_item: z.object({ media: storedFileSchema.nullish(), text }).nullish(),
  file_item: z.object({ media: storedFileSchema.nullish(), file_name: text }).nullish(),
  video_item: z.object({ media: storedFileSchema.nullish() }).nullish(),
});

export type Item = z.output<typeof itemSchema>;

export const messageSchema = z.object({
  message_id: id,
  client_id: text,
  seq: integer,
  from_user_id: text,
  group_id: text,
  create_time_ms: integer,
  message_type: integer,
  item_list: z.array(z.unknown()).nullish(),
  context_token: text,
});

export type Message = z.output<typeof messageSchema>;

/** Of `getupdates`. Each message is read by itself, so that one that cannot be read costs only itself. */
export const updatesSchema = z.object({
  msgs: z.array(z.unknown()).nullish(),
  get_updates_buf: text,
  longpolling_timeout_ms: integer,
});

/** Of `sendmessage`; servers of earlier versions tell no id. */
export const sentSchema = z.object({ message_id: id });

/** Of `getuploadurl`: one of both. */
export const uploadSchema = z.object({ upload_full_url: text, upload_param: text });

/** Of `getconfig`. */
export const userConfigSchema = z.object({ typing_ticket: text });

/** Of what answers nothing else than that it was done. */
export const doneSchema = z.object({});

/** Of `get_bot_qrcode`: the code's name, and what stands in it. */
export const qrCodeSchema = z.object({ qrcode: z.string().min(1), qrcode_img_content: z.string().min(1) });

/** Of `get_qrcode_status`. */
export const qrStatusSchema = z.object({
  status: z.string(),
  bot_token: text,
  ilink_bot_id: text,
  ilink_user_id: text,
  /** Where the bot's server is from now on. */
  baseurl: text,
  /** Where to ask on about the code. */
  redirect_host: text,
});

export type QrStatus = z.output<typeof qrStatusSchema>;
