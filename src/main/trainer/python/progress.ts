/** How the building of a Python environment is told to a person. */
export interface SetupProgress {
  phase: "find" | "create" | "install" | "verify" | "done";
  /** One line: what is being done. */
  message: string;
  /** The package being fetched, and how far it is. `total` is null while unknown. */
  download: { name: string; bytes: number; total: number | null } | null;
}
