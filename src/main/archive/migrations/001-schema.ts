/**
 * The first schema. Rows are keyed by UUID. What ranks or filters has a column of its own; what is only shown is JSON.
 * `number` is an explicit rowid, because the full-text index refers to it and VACUUM renumbers implicit ones.
 */
export default /* sql */ `
CREATE TABLE campaigns (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  state TEXT NOT NULL,
  protocol_hash TEXT NOT NULL,
  created_at TEXT NOT NULL,
  record TEXT NOT NULL CHECK (json_valid(record))
) STRICT, WITHOUT ROWID;

CREATE TABLE experiments (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  campaign_id TEXT NOT NULL REFERENCES campaigns (id),
  idx INTEGER NOT NULL,
  status TEXT NOT NULL,
  -- The deepest rung that has a score: its place in the protocol, its name, and the figures that rank.
  depth INTEGER,
  rung TEXT,
  loss REAL,
  benchmark REAL,
  fitness REAL,
  fitness_paper REAL,
  gain REAL,
  raw_gain REAL,
  params REAL,
  mixer_params REAL,
  flops_per_token REAL,
  seconds REAL NOT NULL,
  repairs INTEGER NOT NULL,
  parent_id TEXT REFERENCES experiments (id),
  code_hash TEXT NOT NULL,
  fingerprint TEXT,
  researcher TEXT NOT NULL,
  tier TEXT,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  name TEXT NOT NULL,
  -- The name in words, so that "delta" finds GatedDeltaNet.
  words TEXT NOT NULL,
  motivation TEXT NOT NULL,
  analysis TEXT,
  failure TEXT CHECK (json_valid(failure)),
  judgement TEXT CHECK (json_valid(judgement)),
  reference_ids TEXT NOT NULL CHECK (json_valid(reference_ids)),
  provenance TEXT NOT NULL CHECK (json_valid(provenance)),
  genome TEXT NOT NULL CHECK (json_valid(genome)),
  gates TEXT NOT NULL CHECK (json_valid(gates)),
  code TEXT NOT NULL,
  UNIQUE (campaign_id, idx)
) STRICT;
CREATE INDEX experiments_name ON experiments (name);
CREATE INDEX experiments_status ON experiments (campaign_id, status);
CREATE INDEX experiments_fitness ON experiments (campaign_id, depth, fitness);
CREATE INDEX experiments_fitness_paper ON experiments (campaign_id, depth, fitness_paper);
CREATE INDEX experiments_gain ON experiments (campaign_id, depth, gain);
CREATE INDEX experiments_loss ON experiments (campaign_id, depth, loss);
CREATE INDEX experiments_benchmark ON experiments (campaign_id, depth, benchmark);
CREATE INDEX experiments_params ON experiments (campaign_id, params);
CREATE INDEX experiments_parent ON experiments (parent_id);
CREATE INDEX experiments_code ON experiments (code_hash);
CREATE INDEX experiments_fingerprint ON experiments (fingerprint);

CREATE TABLE versions (
  experiment_id TEXT NOT NULL REFERENCES experiments (id),
  version INTEGER NOT NULL,
  code TEXT NOT NULL,
  why TEXT NOT NULL,
  PRIMARY KEY (experiment_id, version)
) STRICT;

CREATE TABLE scores (
  experiment_id TEXT NOT NULL REFERENCES experiments (id),
  depth INTEGER NOT NULL,
  rung TEXT NOT NULL,
  loss REAL NOT NULL,
  benchmark REAL NOT NULL,
  fitness REAL NOT NULL,
  fitness_paper REAL NOT NULL,
  gain REAL NOT NULL,
  record TEXT NOT NULL CHECK (json_valid(record)),
  PRIMARY KEY (experiment_id, depth)
) STRICT;
CREATE INDEX scores_fitness ON scores (rung, fitness);

CREATE TABLE promotions (
  experiment_id TEXT NOT NULL REFERENCES experiments (id),
  rung INTEGER NOT NULL,
  campaign_id TEXT NOT NULL REFERENCES campaigns (id),
  decided_at INTEGER NOT NULL,
  status TEXT NOT NULL,
  failure TEXT CHECK (json_valid(failure)),
  PRIMARY KEY (experiment_id, rung)
) STRICT, WITHOUT ROWID;
CREATE INDEX promotions_campaign ON promotions (campaign_id, decided_at);

CREATE TABLE baselines (
  protocol_hash TEXT NOT NULL,
  device TEXT NOT NULL,
  width REAL NOT NULL,
  rung TEXT NOT NULL,
  mixer_params REAL NOT NULL,
  flops_per_token REAL NOT NULL,
  runs TEXT NOT NULL CHECK (json_valid(runs)),
  PRIMARY KEY (protocol_hash, device, width, rung)
) STRICT, WITHOUT ROWID;

-- Little-endian Float32 arrays; NaN where an auxiliary loss is absent. The preview holds (step, loss) pairs.
CREATE TABLE curves (
  experiment_id TEXT NOT NULL REFERENCES experiments (id),
  run TEXT NOT NULL,
  steps BLOB NOT NULL,
  losses BLOB NOT NULL,
  aux BLOB,
  preview BLOB NOT NULL,
  PRIMARY KEY (experiment_id, run)
) STRICT;

CREATE TABLE logs (
  experiment_id TEXT PRIMARY KEY REFERENCES experiments (id),
  text TEXT NOT NULL
) STRICT;

-- AUTOINCREMENT: a number is never given twice, and a rolled-back transaction gives its number back.
CREATE TABLE events (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  campaign_id TEXT NOT NULL REFERENCES campaigns (id),
  experiment_id TEXT REFERENCES experiments (id),
  type TEXT NOT NULL,
  at TEXT NOT NULL,
  data TEXT NOT NULL CHECK (json_valid(data))
) STRICT;
CREATE INDEX events_experiment ON events (experiment_id, seq);

CREATE VIRTUAL TABLE search USING fts5 (
  name, words, motivation, analysis,
  content = 'experiments', content_rowid = 'number',
  tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3'
);
CREATE VIRTUAL TABLE search_terms USING fts5vocab (search, row);
CREATE TRIGGER search_insert AFTER INSERT ON experiments BEGIN
  INSERT INTO search (rowid, name, words, motivation, analysis)
  VALUES (new.number, new.name, new.words, new.motivation, new.analysis);
END;
CREATE TRIGGER search_delete AFTER DELETE ON experiments BEGIN
  INSERT INTO search (search, rowid, name, words, motivation, analysis)
  VALUES ('delete', old.number, old.name, old.words, old.motivation, old.analysis);
END;
CREATE TRIGGER search_update AFTER UPDATE OF name, words, motivation, analysis ON experiments
WHEN (old.name, old.words, old.motivation, old.analysis) IS NOT (new.name, new.words, new.motivation, new.analysis)
BEGIN
  INSERT INTO search (search, rowid, name, words, motivation, analysis)
  VALUES ('delete', old.number, old.name, old.words, old.motivation, old.analysis);
  INSERT INTO search (rowid, name, words, motivation, analysis)
  VALUES (new.number, new.name, new.words, new.motivation, new.analysis);
END;
`;
