/**
 * Schema 1: the journal as it began. A schema that was released is never edited; a change is a new file beside
 * this one, with the next number.
 *
 * Kinds and states are numbers (`../codes.ts`), rooms are numbers (`rooms`): every index is as small as it can
 * be, since each append touches most of them. Positions and delivery ids are given by the core, which keeps in
 * `floors` what trimming took, so that none is ever used again.
 */
export const journalSchema = `
CREATE TABLE rooms (
  id INTEGER PRIMARY KEY,
  ref TEXT NOT NULL UNIQUE,
  account TEXT NOT NULL
) STRICT;
CREATE INDEX rooms_by_account ON rooms (account);

CREATE TABLE events (
  position INTEGER PRIMARY KEY,
  room INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  -- 1 while it is part of its room's history: a message, and not recalled.
  shown INTEGER NOT NULL,
  at REAL NOT NULL,
  -- The position of the message that an act was done to.
  target INTEGER,
  -- The position of a message's newest edit.
  edit INTEGER,
  -- An event's deliveries have consecutive ids.
  first_delivery INTEGER NOT NULL,
  delivery_count INTEGER NOT NULL,
  id TEXT NOT NULL UNIQUE,
  body TEXT NOT NULL
) STRICT;
CREATE INDEX events_shown ON events (room, position) WHERE shown = 1;
CREATE INDEX events_acts ON events (target) WHERE target IS NOT NULL;

-- What events are known by when they are seen again. Outlives the events: keeps their ids.
CREATE TABLE keys (
  position INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  id TEXT NOT NULL,
  seen REAL NOT NULL
) STRICT;

-- Native ids, the originals' included. Live as long as the key of the event, for the same reason.
CREATE TABLE copies (
  room INTEGER NOT NULL,
  native TEXT NOT NULL,
  position INTEGER NOT NULL,
  part INTEGER NOT NULL,
  PRIMARY KEY (room, native)
) STRICT, WITHOUT ROWID;
CREATE INDEX copies_by_position ON copies (position);

CREATE TABLE deliveries (
  id INTEGER PRIMARY KEY,
  lane INTEGER NOT NULL,
  position INTEGER NOT NULL,
  state INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  due_at REAL NOT NULL,
  changed_at REAL NOT NULL,
  reason TEXT
) STRICT;
-- pending and sending; sent; unknown, parked and dropped.
CREATE INDEX deliveries_waiting ON deliveries (lane, id) WHERE state < 2;
CREATE INDEX deliveries_sent ON deliveries (lane, position) WHERE state = 2;
CREATE INDEX deliveries_troubled ON deliveries (id) WHERE state > 2;

CREATE TABLE key_values (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Messages that the search index does not know yet, or knows by an old text. NULL: to be forgotten.
CREATE TABLE unindexed (
  position INTEGER PRIMARY KEY,
  text TEXT,
  known INTEGER NOT NULL
) STRICT;
-- Tokens are made in JavaScript and joined by spaces: this tokenizer leaves everything else whole.
CREATE VIRTUAL TABLE words USING fts5 (
  text, rooms, content = '', contentless_delete = 1, tokenize = 'ascii'
);

CREATE TABLE floors (
  name TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO floors VALUES ('position', 0), ('delivery', 0);
`;
