import { join } from "node:path"
import type { FsckReportView } from "../../src/contract/fsck.ts"
import type { JobView } from "../../src/contract/jobs.ts"
import { WrongAnswerError } from "./client.ts"

const LONGEST_MS = 120_000

/** The database and the storage agree in both directions, and every stored byte is what its digest says (T0, d). */
export async function expectNoFault(root: string): Promise<FsckReportView> {
  const body = JSON.stringify({ isDeep: true })
  let job = await ask(root, "/fsck", { method: "POST", headers: { "Content-Type": "application/json" }, body })
  for (const giveUpAt = Date.now() + LONGEST_MS; job.state === "running"; await Bun.sleep(20)) {
    if (Date.now() > giveUpAt) throw new WrongAnswerError("fsck did not end")
    job = await ask(root, `/jobs/${job.id}`)
  }
  if (job.state !== "done") throw new WrongAnswerError(`fsck: ${job.state}, ${job.error}`)
  const report = job.result as FsckReportView
  if (report.faults === 0) return report
  const { faults, counts, findings } = report
  throw new WrongAnswerError(
    `fsck: ${faults} faults, ${JSON.stringify(counts)}: ${JSON.stringify(findings.slice(0, 5))}`,
  )
}

/** As commands do, over the socket in the data directory. */
async function ask(root: string, path: string, init: RequestInit = {}): Promise<JobView> {
  const unix = join(root, "berth", "control.sock")
  const answer = await fetch(`http://localhost/api/v1${path}`, { ...init, unix })
  if (!answer.ok) throw new WrongAnswerError(`${path}: ${answer.status} ${await answer.text()}`)
  return (await answer.json()) as JobView
}
