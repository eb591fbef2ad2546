import { LostReplyError, WrongAnswerError } from "../client.ts"
import type { Scene } from "./scene.ts"

/** Work that no request asks for: while faults are injected it may fail, and then it is to be done again. */
export async function attempt<Result>({ faults }: Scene, what: string, work: () => Promise<Result>): Promise<Result> {
  const before = faults.fired().length
  try {
    return await work()
  } catch (error) {
    if (error instanceof WrongAnswerError || error instanceof LostReplyError) throw error
    const isFaulty = faults.isArmed() && faults.fired().length > before
    const text = `${what}: ${String(error)}`
    throw isFaulty ? new LostReplyError(text) : new WrongAnswerError(`failed without a fault: ${text}`)
  }
}
