/**
 * The gallery. `cards` repeats what lists filter and sort by, in narrow rows: a row of `experiments` holds the whole code,
 * and a scan over 100,000 of them reads gigabytes. `marks` is what a person noted.
 */
export default /* sql */ `
CREATE TABLE cards (
  number INTEGER PRIMARY KEY REFERENCES experiments (number),
  id TEXT NOT NULL UNIQUE,
  campaign_id TEXT NOT NULL,
  idx INTEGER NOT NULL,
  status TEXT NOT NULL,
  discovery INTEGER NOT NULL DEFAULT 0 CHECK (discovery IN (0, 1)),
  -- Figures of the deepest rung, as in experiments.
  depth INTEGER,
  rung TEXT,
  params REAL,
  mixer_params REAL,
  flops_per_token REAL,
  loss REAL,
  loss_sd REAL,
  loss_n INTEGER,
  benchmark REAL,
  benchmark_sd REAL,
  benchmark_n INTEGER,
  fitness REAL,
  fitness_paper REAL,
  gain REAL,
  gain_se REAL,
  -- Degrees of freedom of the standard error: what an interval needs.
  gain_freedom REAL,
  benchmark_gain REAL,
  benchmark_gain_se REAL,
  benchmark_gain_freedom REAL,
  parent_id TEXT,
  researcher TEXT NOT NULL,
  seconds REAL NOT NULL,
  created_at TEXT NOT NULL,
  name TEXT NOT NULL,
  -- What was found in the code with this hash; '' before anyone looked.
  code_hash TEXT NOT NULL DEFAULT '',
  components TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(components)),
  novelty REAL,
  nearest_id TEXT,
  -- Counts up with every change of a card: who has read up to some number reads on from there.
  touched INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX cards_touched ON cards (touched);
CREATE INDEX cards_campaign ON cards (campaign_id, idx);
CREATE INDEX cards_parent ON cards (parent_id);

INSERT INTO cards (number, id, campaign_id, idx, status, depth, rung, params, mixer_params, flops_per_token, loss, loss_sd,
  loss_n, benchmark, benchmark_sd, benchmark_n, fitness, fitness_paper, gain, gain_se, gain_freedom, benchmark_gain,
  benchmark_gain_se, benchmark_gain_freedom, parent_id, researcher, seconds, created_at, name, touched)
SELECT e.number, e.id, e.campaign_id, e.idx, e.status, e.depth, e.rung, e.params, e.mixer_params, e.flops_per_token,
  e.loss, s.record ->> '$.loss.sd', s.record ->> '$.loss.n',
  e.benchmark, s.record ->> '$.benchmark.sd', s.record ->> '$.benchmark.n', e.fitness, e.fitness_paper,
  e.gain, s.record ->> '$.gainSe', s.record ->> '$.freedom.loss',
  s.record ->> '$.benchmarkGain', s.record ->> '$.benchmarkGainSe', s.record ->> '$.freedom.benchmark',
  e.parent_id, e.researcher, e.seconds, e.created_at, e.name, e.number
FROM experiments e LEFT JOIN scores s ON s.experiment_id = e.id AND s.depth = e.depth;

CREATE TABLE marks (
  experiment_id TEXT PRIMARY KEY REFERENCES experiments (id),
  starred INTEGER NOT NULL CHECK (starred IN (0, 1)),
  tags TEXT NOT NULL CHECK (json_valid(tags)),
  note TEXT NOT NULL,
  updated_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

`;
