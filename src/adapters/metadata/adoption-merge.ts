import type { Digest } from "../../domain/digest.ts"
import type { ManifestReference } from "../../domain/manifest.ts"
import type { RepositoryName } from "../../domain/repository-name.ts"
import type { Tag } from "../../domain/tag.ts"
import type { LinkKind } from "../../ports/link-tree.ts"
import type { AdoptedBlob, AdoptedManifest, AdoptedTag, TagMerge } from "../../ports/metadata/adoption.ts"
import { adoptionStatements, type BaseKey } from "./adoption-statements.ts"
import { blobStatements } from "./blob-statements.ts"
import { adoptBlob } from "./blobs.ts"
import { manifestStatements } from "./manifest-statements.ts"
import { insertManifest, removeManifest } from "./manifests.ts"
import { operation } from "./operation.ts"
import type { Connection } from "./prepared.ts"
import { ensureRepository } from "./repositories.ts"
import { queueUntagged } from "./reviews.ts"
import { removeTag, tagStatements } from "./tags.ts"

/** Who changed what was taken over. */
const ACTOR = "adopted"

interface Batch<Item> {
  repository: RepositoryName
  items: Item[]
  isForced: boolean
}

/**
 * Whether the link is as an export of ours wrote it that did not come to note so: then distribution has done nothing, and
 * whatever the metadata has by now stays.
 */
async function isOurs(connection: Connection, key: BaseKey, link: Digest | ""): Promise<boolean> {
  const exporting = await connection.find(adoptionStatements.findExporting, key)
  if (exporting?.digest !== link) return false
  await connection.run(adoptionStatements.deleteExporting, key)
  if (link === "") await connection.run(adoptionStatements.deleteBase, key)
  else await connection.run(adoptionStatements.putBase, { ...key, digest: link })
  return true
}

export const mergeManifests = operation(
  "adoption.mergeManifests",
  async (connection, { repository, items, isForced }: Batch<AdoptedManifest>): Promise<number> => {
    let changes = 0
    for (const manifest of items) {
      const { digest, changedAt } = manifest
      const key: BaseKey = { repository, kind: "manifest", name: digest }
      if (!isForced && (await isOurs(connection, key, digest))) continue
      const isKnown = (await connection.find(adoptionStatements.findBase, key)) !== undefined
      const isStored = (await connection.find(manifestStatements.find, { repository, digest })) !== undefined
      if (!isStored && (!isKnown || isForced)) {
        await ensureRepository(connection, repository, changedAt)
        await insertManifest(connection, { ...manifest, repository, actor: ACTOR }, changedAt)
        for (const reference of manifest.references) await forgetDeletion(connection, repository, reference)
        changes++
      }
      if (!isKnown) await connection.run(adoptionStatements.putBase, { ...key, digest })
    }
    return changes
  },
)

/** What was deleted here and a new manifest of distribution's names is taken over anew: there it was never gone. */
async function forgetDeletion(
  connection: Connection,
  repository: RepositoryName,
  { kind, digest }: ManifestReference,
): Promise<void> {
  if (kind === "subject") return
  const isManifest = kind === "manifest"
  const key: BaseKey = { repository, kind: isManifest ? "manifest" : "blob", name: digest }
  if ((await connection.find(adoptionStatements.findBase, key)) === undefined) return
  const content = { repository, digest }
  const present = isManifest
    ? await connection.find(manifestStatements.find, content)
    : await connection.find(blobStatements.find, content)
  if (present === undefined) await connection.run(adoptionStatements.deleteBase, key)
}

export const mergeBlobs = operation(
  "adoption.mergeBlobs",
  async (connection, { repository, items, isForced }: Batch<AdoptedBlob>, at): Promise<number> => {
    let changes = 0
    for (const blob of items) {
      const { digest } = blob
      const key: BaseKey = { repository, kind: "blob", name: digest }
      if (!isForced && (await isOurs(connection, key, digest))) continue
      const isKnown = (await connection.find(adoptionStatements.findBase, key)) !== undefined
      const isLinked = (await connection.find(blobStatements.find, { repository, digest })) !== undefined
      if (!isLinked && (!isKnown || isForced)) {
        // One that is being deleted has to wait for its next run.
        if (!(await adoptBlob(connection, { ...blob, repository }, at))) continue
        changes++
      }
      if (blob.isDamaged) await connection.run(blobStatements.doubt, blob)
      if (!isKnown) await connection.run(adoptionStatements.putBase, { ...key, digest })
    }
    return changes
  },
)

export const mergeTags = operation(
  "adoption.mergeTags",
  async (connection, { repository, items }: Omit<Batch<AdoptedTag>, "isForced">, at): Promise<TagMerge> => {
    const merge: TagMerge = { changes: 0, missing: [], conflicts: [] }
    for (const tag of items) await mergeTag(connection, { repository, tag, merge, at })
    return merge
  },
)

async function mergeTag(
  connection: Connection,
  { repository, tag, merge, at }: { repository: RepositoryName; tag: AdoptedTag; merge: TagMerge; at: number },
): Promise<void> {
  const { tag: name, digest, changedAt } = tag
  const key: BaseKey = { repository, kind: "tag", name }
  const base = (await connection.find(adoptionStatements.findBase, key))?.digest
  if (base === digest || (await isOurs(connection, key, digest))) return
  const ours = (await connection.find(tagStatements.find, { repository, name }))?.digest
  if (ours !== digest) {
    const isTaken = ours === base || changedAt > (await findChangeHere(connection, repository, name))
    if (isTaken && !(await takeTag(connection, { repository, tag, ours, at }))) {
      merge.missing.push(name)
      return
    }
    if (isTaken) merge.changes++
    if (ours !== base) merge.conflicts.push({ tag: name, isTaken })
  }
  await connection.run(adoptionStatements.putBase, { ...key, digest })
}

async function findChangeHere(connection: Connection, repository: RepositoryName, tag: Tag): Promise<number> {
  return (await connection.find(adoptionStatements.findChange, { repository, tag }))?.at ?? 0
}

/** `false` while the repository lacks the manifest. */
async function takeTag(
  connection: Connection,
  { repository, tag, ours, at }: { repository: RepositoryName; tag: AdoptedTag; ours: Digest | undefined; at: number },
): Promise<boolean> {
  const { tag: name, digest, changedAt } = tag
  const manifest = await connection.find(manifestStatements.find, { repository, digest })
  if (manifest === undefined) return false
  let previous: Digest | null = ours ?? null
  for (const move of tag.history) {
    if (move.digest === digest) continue
    const known = await connection.find(adoptionStatements.findMove, { repository, tag: name, digest: move.digest })
    if (known !== undefined) continue
    await connection.run(tagStatements.note, { repository, name, ...move, previous, actor: ACTOR })
    previous = move.digest
  }
  await connection.run(tagStatements.put, { ...manifest, repository, name, actor: ACTOR, at: changedAt })
  await connection.run(tagStatements.note, { repository, name, digest, previous, actor: ACTOR, at: changedAt })
  // When distribution moved it may be long ago: nobody was told here that its time had begun.
  if (ours !== undefined && ours !== digest) await queueUntagged(connection, { repository, digest: ours }, at)
  return true
}

export const mergeAbsent = operation(
  "adoption.mergeAbsent",
  async (connection, { repository, kind, names }: Absent, at): Promise<number> => {
    let changes = 0
    for (const name of names) {
      const key = { repository, kind, name }
      const base = await connection.find(adoptionStatements.findBase, key)
      if (base === undefined || (await isOurs(connection, key, ""))) continue
      const outcome = await drop(connection, { ...key, digest: base.digest }, at)
      if (outcome === "dropped") changes++
      if (outcome !== "needed") await connection.run(adoptionStatements.deleteBase, key)
    }
    return changes
  },
)

interface Absent {
  repository: RepositoryName
  kind: LinkKind
  names: string[]
}

/** `needed`: it stays, and is looked at again when what needs it may be gone. `other`: ours is not what the base was. */
type Drop = "dropped" | "needed" | "other"

async function drop(connection: Connection, key: BaseKey & { digest: Digest }, at: number): Promise<Drop> {
  const { repository, digest } = key
  if (key.kind === "tag") {
    const name = key.name as Tag
    if ((await connection.find(tagStatements.find, { repository, name }))?.digest !== digest) return "other"
    await removeTag(connection, { repository, name, digest }, { actor: ACTOR, at })
    return "dropped"
  }
  if ((await connection.find(adoptionStatements.findReference, { repository, digest })) !== undefined) return "needed"
  if (key.kind === "blob") {
    return (await connection.run(blobStatements.unlink, { repository, digest, at })) > 0 ? "dropped" : "other"
  }
  if ((await connection.list(tagStatements.listOfManifest, { repository, digest })).length > 0) return "needed"
  const removed = await removeManifest(connection, { repository, digest }, { actor: ACTOR, at })
  return removed === undefined ? "other" : "dropped"
}
