import type { Connection } from "./prepared.ts"

/** A write: runs within one transaction, perhaps in another thread, so its input and result are plain data. */
export interface Operation<Input, Result> {
  /** Names the operation between threads. */
  name: string
  /** `at`: when it was asked for, epoch milliseconds. Whatever is thrown undoes the operation. */
  run(connection: Connection, input: Input, at: number): Promise<Result>
}

/** Resolves when the operation is on stable storage. */
export type Write = <Input, Result>(operation: Operation<Input, Result>, input: Input) => Promise<Result>

export function operation<Input, Result>(
  name: string,
  run: (connection: Connection, input: Input, at: number) => Promise<Result>,
): Operation<Input, Result> {
  return { name, run }
}
