import { askCommand } from "../commands.ts"
import type { Call } from "./call.ts"
import { scene } from "./scene.ts"
import { describeRestored } from "./undo.ts"

/** What commands alone can do. */
export type OperatorCall = Extract<
  Call,
  { verb: "restoreTag" } | { verb: "restoreManifest" } | { verb: "drop" | "purge" | "restoreRepository" }
>

interface Answer {
  status: number
  body: Record<string, unknown>
}

/** Asks the server that has the data directory for it, as a command does; gives what `scene` gives of the services. */
export async function command(root: string, repository: string, call: OperatorCall): Promise<string> {
  const path = `/api/v1/repositories/${encodeURIComponent(repository)}`
  switch (call.verb) {
    case "drop":
      return drop(root, path)
    case "purge":
      return drop(root, `${path}?purge=true`)
    case "restoreTag": {
      const { status, body } = await ask(root, "POST", `${path}/tags/${call.tag}/restore`)
      return status === 200 ? `ok ${scene.nameOf(String(body["digest"]))}: ${tell(body)}` : codeOf(body)
    }
    case "restoreManifest": {
      const { digest } = scene.manifestOf(call.manifest)
      const { status, body } = await ask(root, "POST", `${path}/manifests/${digest}/restore`)
      return status === 200 ? `ok: ${tell(body)}` : codeOf(body)
    }
    case "restoreRepository": {
      const { status, body } = await ask(root, "POST", `${path}/restore`)
      return status === 200 ? `ok: ${tell({ ...body, missing: [] })}` : codeOf(body)
    }
  }
}

/** Waits for the job's end. */
async function drop(root: string, path: string): Promise<string> {
  const started = await ask(root, "DELETE", path)
  if (started.status !== 202) return codeOf(started.body)
  for (let job = started.body; ; await Bun.sleep(5)) {
    if (job["state"] === "done") return "ok"
    if (job["state"] !== "running") return `the job is ${String(job["state"])}: ${String(job["error"])}`
    job = (await ask(root, "GET", `/api/v1/jobs/${String(job["id"])}`)).body
  }
}

function tell(body: Record<string, unknown>): string {
  const { manifests, tagCount, kept, missing } = body as {
    manifests: number
    tagCount: number
    kept: string[]
    missing: string[]
  }
  return describeRestored({ manifests, tagCount, kept, missing: missing.map((digest) => scene.nameOf(digest)) })
}

function codeOf(body: Record<string, unknown>): string {
  return String(body["code"])
}

async function ask(root: string, method: "GET" | "POST" | "DELETE", path: string): Promise<Answer> {
  const json = method === "POST" && { headers: { "Content-Type": "application/json" }, body: "{}" }
  const answer = await askCommand(root, path, { method, ...json })
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
}
