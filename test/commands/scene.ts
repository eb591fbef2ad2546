import { createHash } from "node:crypto"
import { join } from "node:path"
import { writeFileSync } from "node:fs"
import { stringify } from "yaml"
import { attempt, type CommandResult } from "../e2e/support/command.ts"

const MAIN = join(import.meta.dir, "..", "..", "src", "main.ts")
const OCI = "application/vnd.oci.image.manifest.v1+json"

/** Writes a configuration beside the data directory, for commands and servers. Gives its path. */
export function writeConfig(root: string, changes: Record<string, unknown> = {}): string {
  const path = `${root}.yml`
  const storage = { filesystem: { rootdirectory: root }, delete: { enabled: true } }
  writeFileSync(path, stringify({ version: 0.1, storage, ...changes }))
  return path
}

/** Runs `berth` as a process of its own, to its end. */
export function berth(config: string, ...args: string[]): Promise<CommandResult> {
  return attempt([process.execPath, MAIN, ...args], { env: { REGISTRY_CONFIGURATION_PATH: config } })
}

export function berthCommand(...args: string[]): string[] {
  return [process.execPath, MAIN, ...args]
}

/** Pushes an image of one layer under the tag. */
export async function pushImage(url: string, repository: string, tag: string): Promise<void> {
  const config = await pushBlob(url, repository, "{}")
  const layer = await pushBlob(url, repository, `the layer of ${tag}`)
  const manifest = {
    schemaVersion: 2,
    mediaType: OCI,
    config: { mediaType: "application/vnd.oci.image.config.v1+json", ...config },
    layers: [{ mediaType: "application/vnd.oci.image.layer.v1.tar", ...layer }],
  }
  await expectCreated(
    fetch(`${url}/v2/${repository}/manifests/${tag}`, {
      method: "PUT",
      headers: { "Content-Type": OCI },
      body: JSON.stringify(manifest),
    }),
  )
}

async function pushBlob(url: string, repository: string, text: string): Promise<{ digest: string; size: number }> {
  const digest = `sha256:${createHash("sha256").update(text).digest("hex")}`
  await expectCreated(
    fetch(`${url}/v2/${repository}/blobs/uploads/?digest=${digest}`, {
      method: "POST",
      headers: { "Content-Type": "application/octet-stream" },
      body: text,
    }),
  )
  return { digest, size: text.length }
}

async function expectCreated(asked: Promise<Response>): Promise<void> {
  const answer = await asked
  if (answer.status !== 201) throw new Error(`${answer.status} ${await answer.text()}`)
}
