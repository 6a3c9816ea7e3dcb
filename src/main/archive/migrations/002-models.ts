/**
 * Language models: the ledger of their requests, the prompts and embeddings that it refers to, and what an experiment's
 * agents saw. The long texts of a call come last, so that sums and look-ups do not read past them.
 */
export default /* sql */ `
CREATE TABLE llm_calls (
  -- Counts up in the order in which requests were sent, because a row is stored before its request is sent.
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  campaign_id TEXT REFERENCES campaigns (id),
  -- No foreign key: an experiment's id is known, and asked for, before its row is there.
  experiment_id TEXT,
  key TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  role TEXT NOT NULL,
  endpoint TEXT NOT NULL,
  model TEXT NOT NULL,
  model_served TEXT,
  state TEXT NOT NULL,
  source TEXT NOT NULL,
  tokens INTEGER NOT NULL,
  cost REAL NOT NULL,
  reserved_tokens INTEGER NOT NULL,
  reserved_cost REAL NOT NULL,
  estimated INTEGER NOT NULL CHECK (estimated IN (0, 1)),
  verdict TEXT,
  finish_reason TEXT,
  sent_at TEXT NOT NULL,
  first_byte_seconds REAL,
  seconds REAL,
  request_hash TEXT NOT NULL,
  prompt_hash TEXT,
  price TEXT NOT NULL CHECK (json_valid(price)),
  usage TEXT CHECK (json_valid(usage)),
  error TEXT CHECK (json_valid(error)),
  note TEXT,
  params TEXT NOT NULL CHECK (json_valid(params)),
  messages TEXT NOT NULL CHECK (json_valid(messages)),
  answer TEXT,
  reasoning TEXT,
  -- Its index finds the requests at one place of the loop.
  UNIQUE (campaign_id, key, attempt)
) STRICT;
-- NULLs are all different to UNIQUE: the same promise for requests outside of campaigns.
CREATE UNIQUE INDEX llm_calls_outside ON llm_calls (key, attempt) WHERE campaign_id IS NULL;
-- Lists a campaign's requests in order (an index ends with the row's number), without sorting their texts.
CREATE INDEX llm_calls_campaign ON llm_calls (campaign_id);
CREATE INDEX llm_calls_experiment ON llm_calls (experiment_id);

CREATE TABLE prompts (
  hash TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  text TEXT NOT NULL
) STRICT;

-- Little-endian Float32 arrays.
CREATE TABLE embeddings (
  model TEXT NOT NULL,
  text_hash TEXT NOT NULL,
  vector BLOB NOT NULL,
  PRIMARY KEY (model, text_hash)
) STRICT;

ALTER TABLE experiments ADD COLUMN sees TEXT CHECK (json_valid(sees));
ALTER TABLE experiments ADD COLUMN cognition TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(cognition));
`;
