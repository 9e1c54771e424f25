/** Events in JSON: the one form in which long poll, server-sent events, WebSocket, history and search tell them. */
import { z } from 'zod';
import { segmentSchema } from './segment.ts';
import {
  accountIdSchema,
  cursorSchema,
  eventIdSchema,
  roomRefSchema,
  timeSchema,
  userSchema,
} from './values.ts';

const common = {
  id: eventIdSchema,
  cursor: cursorSchema,
  account: accountIdSchema.describe('The account of `room`.'),
  room: roomRefSchema.describe('Where it happened.'),
  at: timeSchema.describe('When it happened: the network’s word, else, and at the latest, when it came.'),
  native: z.string().exactOptional().describe('Its own id on that network, where it has one.'),
  direct: z.literal(true).exactOptional().describe('Somebody talks with the account alone in `room`.'),
  postedBy: z.string().exactOptional().describe('The token, user or face that said it through the hub.'),
};

const textField = z
  .string()
  .describe('The body as plain text: what a network shows that knows nothing else.');

export const messageSchema = z
  .object({
    ...common,
    kind: z.literal('message'),
    sender: userSchema,
    body: z.array(segmentSchema),
    text: textField,
    action: z.boolean().exactOptional().describe('Something the sender does (`/me waves`), not says.'),
    replyTo: z
      .object({
        id: eventIdSchema
          .exactOptional()
          .describe('Missing when the answered message is older than the journal.'),
        quote: z.object({ name: z.string(), text: z.string() }).exactOptional(),
      })
      .exactOptional(),
    to: z
      .object({ account: accountIdSchema, user: z.string() })
      .exactOptional()
      .describe('Private: it went to this person of another network and nobody else.'),
  })
  .meta({ id: 'Message' });

const editSchema = z
  .object({
    ...common,
    kind: z.literal('edit'),
    actor: userSchema,
    message: eventIdSchema.describe('The message that was edited.'),
    body: z.array(segmentSchema).describe('The whole new body.'),
    text: textField,
  })
  .meta({ id: 'Edit' });

const recallSchema = z
  .object({
    ...common,
    kind: z.literal('recall'),
    actor: userSchema,
    message: eventIdSchema.describe('The message that was taken back.'),
    moderator: z.boolean().exactOptional().describe('Removed by a moderator, not by its author.'),
  })
  .meta({ id: 'Recall' });

const reactionSchema = z
  .object({
    ...common,
    kind: z.literal('reaction'),
    actor: userSchema,
    message: eventIdSchema.describe('The message that was reacted to.'),
    emoji: z.string(),
    added: z.boolean().describe('Put on, or taken off again.'),
  })
  .meta({ id: 'Reaction' });

const joinSchema = z
  .object({ ...common, kind: z.literal('join'), who: userSchema, reason: z.string().exactOptional() })
  .meta({ id: 'Join' });

const leaveSchema = z
  .object({ ...common, kind: z.literal('leave'), who: userSchema, reason: z.string().exactOptional() })
  .meta({ id: 'Leave' });

const renameSchema = z
  .object({ ...common, kind: z.literal('rename'), who: userSchema, oldName: z.string() })
  .meta({ id: 'Rename' });

const topicSchema = z
  .object({ ...common, kind: z.literal('topic'), actor: userSchema.exactOptional(), topic: z.string() })
  .meta({ id: 'Topic' });

export const outcomeStateSchema = z
  .enum(['sent', 'unknown', 'parked', 'dropped'])
  .meta({ id: 'OutcomeState' });

const outcomeSchema = z
  .object({
    ...common,
    kind: z.literal('outcome'),
    of: eventIdSchema.describe(
      'What was posted through the hub: a message, an edit, a recall, a reaction, an answer to a request.',
    ),
    to: roomRefSchema.describe('The room that this delivery was for; `room` is where the program did it.'),
    state: outcomeStateSchema,
    reason: z.string().exactOptional().describe('Why it was not sent.'),
  })
  .meta({ id: 'Outcome', description: 'What became of one delivery of what a program did.' });

const askSchema = z
  .enum(['contact', 'join', 'invite'])
  .describe('To be a contact of the account; to be let into `room`; the account is asked into a room.')
  .meta({ id: 'Ask' });

export const requestSchema = z
  .object({
    ...common,
    kind: z.literal('request'),
    ask: askSchema,
    from: userSchema.describe('Who asks, or invites.'),
    comment: z.string().exactOptional().describe('What they say to it.'),
    roomName: z.string().exactOptional().describe('What the room that is meant is called.'),
    expiresAt: timeSchema.exactOptional().describe('After it nobody can answer any more.'),
  })
  .meta({ id: 'Request', description: 'Somebody asks for something that the account decides.' });

export const answerSchema = z
  .object({
    ...common,
    kind: z.literal('answer'),
    request: eventIdSchema.describe('What it answers.'),
    ask: askSchema,
    from: userSchema.describe('Who had asked.'),
    answer: z
      .enum(['accepted', 'refused', 'gone'])
      .describe('`gone`: the request was taken back, or cannot be answered any more.'),
    actor: userSchema.exactOptional().describe('Who answered elsewhere, where that is known.'),
    reason: z.string().exactOptional(),
  })
  .meta({ id: 'Answer', description: 'A request was answered, through the hub (`postedBy`) or elsewhere.' });

export const eventSchema = z
  .discriminatedUnion('kind', [
    messageSchema,
    editSchema,
    recallSchema,
    reactionSchema,
    joinSchema,
    leaveSchema,
    renameSchema,
    topicSchema,
    outcomeSchema,
    requestSchema,
    answerSchema,
  ])
  .meta({
    id: 'Event',
    description: 'Something that happened. More kinds may come: pass over those you do not know.',
  });

export const eventKindSchema = z
  .enum([
    'message',
    'edit',
    'recall',
    'reaction',
    'join',
    'leave',
    'rename',
    'topic',
    'outcome',
    'request',
    'answer',
  ])
  .meta({ id: 'EventKind' });

export const messagePageSchema = z
  .object({
    messages: z.array(messageSchema),
    before: cursorSchema.exactOptional().describe('Where older ones begin; missing when there are none.'),
  })
  .meta({ id: 'MessagePage' });

export type WireEvent = z.infer<typeof eventSchema>;
export type WireRequest = z.infer<typeof requestSchema>;
export type WireAnswer = z.infer<typeof answerSchema>;
export type WireMessage = z.infer<typeof messageSchema>;
