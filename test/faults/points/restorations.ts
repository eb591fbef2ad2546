import { expectStatus, WrongAnswerError } from "../client.ts"
import { digestOf } from "../content.ts"
import { ask, runJob } from "./command.ts"
import type { Life } from "./stage.ts"
import type { Step } from "./steps.ts"

const MANIFEST = { schemaVersion: 2, mediaType: "application/vnd.oci.image.index.v1+json", manifests: [] }
const TEXT = JSON.stringify(MANIFEST)
const DIGEST = digestOf(TEXT)

interface Undo {
  name: string
  /** Of a repository whose tag `latest` names the manifest. */
  remove: (life: Life, repository: string) => Promise<unknown>
  /** Below the repository, in the API of commands. */
  path: string
}

const UNDOS: readonly Undo[] = [
  {
    name: "tag",
    remove: ({ client }, name) =>
      expectStatus(client, { method: "DELETE", path: `/v2/${name}/manifests/latest` }, [202]),
    path: "/tags/latest/restore",
  },
  {
    name: "manifest",
    remove: ({ client }, name) =>
      expectStatus(client, { method: "DELETE", path: `/v2/${name}/manifests/${DIGEST}` }, [202]),
    path: `/manifests/${DIGEST}/restore`,
  },
  {
    name: "repository",
    remove: (life, name) => runJob(life, "DELETE", `/api/v1/repositories/${encodeURIComponent(name)}`),
    path: "/restore",
  },
]

/** What is deleted and restored is there again, and what is purged is not. Nothing of it is on the ledger. */
export function createRestorations(): Step[] {
  const restorations = UNDOS.map(({ name, remove, path }) => ({
    name: `the restoration of a ${name}`,
    run: async (life: Life) => {
      const repository = `restored/${name}`
      const tagged = `/v2/${repository}/manifests/latest`
      const headers = { "Content-Type": MANIFEST.mediaType }
      await expectStatus(life.client, { method: "PUT", path: tagged, headers, body: TEXT }, [201])
      await remove(life, repository)
      await expectStatus(life.client, { method: "GET", path: tagged }, [404])
      const restored = await ask(life, "POST", `/api/v1/repositories/${encodeURIComponent(repository)}${path}`, {})
      if (restored.status !== 200)
        throw new WrongAnswerError(`restore of a ${name}: ${restored.status} ${JSON.stringify(restored.body)}`)
      for (const reference of ["latest", DIGEST]) {
        await expectStatus(life.client, { method: "GET", path: `/v2/${repository}/manifests/${reference}` }, [200])
      }
    },
  }))
  return [...restorations, { name: "the purge of a repository", run: purgeRepository }]
}

async function purgeRepository(life: Life): Promise<void> {
  const repository = "restored/purged"
  const tagged = `/v2/${repository}/manifests/latest`
  const path = `/api/v1/repositories/${encodeURIComponent(repository)}`
  const headers = { "Content-Type": MANIFEST.mediaType }
  await expectStatus(life.client, { method: "PUT", path: tagged, headers, body: TEXT }, [201])
  await runJob(life, "DELETE", `${path}?purge=true`)
  await expectStatus(life.client, { method: "GET", path: tagged }, [404])
  const { status } = await ask(life, "POST", `${path}/restore`, {})
  if (status !== 404) throw new WrongAnswerError(`restore of what was purged: ${status}`)
}
