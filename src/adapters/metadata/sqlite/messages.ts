import type { CompiledStatements } from "../statements.ts"
import type { ErrorReport } from "./errors.ts"

/** One operation to run, by name. */
export interface Request {
  operation: string
  input: unknown
  at: number
}

export type Reply = { isDone: true; result: unknown } | { isDone: false; error: ErrorReport }

export type MessageToWorker =
  | { kind: "open"; path: string; at: number }
  | { kind: "run"; batch: Request[] }
  | { kind: "close" }

export type MessageFromWorker =
  | { kind: "opened"; compiled: CompiledStatements }
  | { kind: "ran"; replies: Reply[]; logPages: number }
  | { kind: "closed" }
  | { kind: "failed"; error: ErrorReport }
