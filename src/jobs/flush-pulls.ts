import type { Pulls } from "../services/pulls.ts"
import type { Job } from "./schedule.ts"

/** Writes down now and then when manifests were last pulled. */
export function createFlushPullsJob(pulls: Pulls): Job {
  return { name: "flush-pulls", everySeconds: 30, run: () => pulls.flush() }
}
