/** A service for tests: procedures that are given, and topics that a test drives. */
import { PROCEDURES, type ProcedureName, type Procedures } from "../../../shared/procedures.ts";
import { CallFailure, type Service, type Source } from "../service.ts";

export interface FakeService extends Service {
  topics: Record<string, Source>;
  closed: boolean;
}

/** Procedures that are not given fail with code "fake". */
export function fakeService(
  procedures: Partial<Procedures> = {},
  topics: Record<string, Source> = {},
  epoch = "first",
): FakeService {
  const others = Object.keys(PROCEDURES).map((name) => [
    name as ProcedureName,
    () => Promise.reject(new CallFailure("fake", `${name} is not there.`, "Give it.")),
  ]);
  return {
    procedures: { ...Object.fromEntries(others), ...procedures } as Procedures,
    topics,
    topic: (name) => (Object.hasOwn(topics, name) ? topics[name]! : null),
    epoch,
    closed: false,
    async close() {
      this.closed = true;
    },
  };
}
