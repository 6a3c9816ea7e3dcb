/** How the baseline trained: (step, loss) pairs as in `curves.preview`, a row for each run. */
export default /* sql */ `
CREATE TABLE baseline_curves (
  protocol_hash TEXT NOT NULL,
  device TEXT NOT NULL,
  width REAL NOT NULL,
  rung TEXT NOT NULL,
  run TEXT NOT NULL,
  preview BLOB NOT NULL,
  PRIMARY KEY (protocol_hash, device, width, rung, run)
) STRICT;
`;
