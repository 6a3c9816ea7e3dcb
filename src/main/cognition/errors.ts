/** Why the knowledge base cannot do what it was asked, as a person may read it. */
export class CognitionError extends Error {
  /** "usage": the file or the id is at fault; "environment": the machine or the data folder. */
  readonly kind: "usage" | "environment";
  readonly code: string;
  readonly fix: string;
  constructor(kind: CognitionError["kind"], code: string, message: string, fix: string) {
    super(message);
    this.name = "CognitionError";
    this.kind = kind;
    this.code = code;
    this.fix = fix;
  }
}
