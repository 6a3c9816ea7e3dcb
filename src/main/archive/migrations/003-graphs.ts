/**
 * What a candidate's mixer computes, as the sandbox traced it, and the diagram drawn of it. Two tables, because the graph
 * comes with the gate and the drawing later; and lists of cards read thumbnails without reading past graphs.
 */
export default /* sql */ `
CREATE TABLE graphs (
  experiment_id TEXT PRIMARY KEY REFERENCES experiments (id),
  graph TEXT NOT NULL CHECK (json_valid(graph))
) STRICT;

CREATE TABLE diagrams (
  experiment_id TEXT PRIMARY KEY REFERENCES experiments (id),
  thumbnail TEXT NOT NULL,
  layout TEXT NOT NULL CHECK (json_valid(layout)),
  svg TEXT NOT NULL
) STRICT;
`;
