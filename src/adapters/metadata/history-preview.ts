import type { Digest } from "../../domain/digest.ts"
import type { ReferenceKind } from "../../domain/manifest.ts"
import type { RepositoryName } from "../../domain/repository-name.ts"
import type { Tag } from "../../domain/tag.ts"
import type { RestorationPreview } from "../../ports/metadata/history.ts"
import { createMissing, type Missing } from "./history-missing.ts"
import { hasRest } from "./repository-restoration.ts"
import { historyStatements, selectTaken, type Deletion } from "./history-statements.ts"
import { prepare, type Build, type Connection } from "./prepared.ts"
import { purgeStatements } from "./purge.ts"

const SHOWN = 100
/** Rows of one reading. */
const STEP = 500

interface Named {
  repository: RepositoryName
  manifest: Digest
}

export const historyPreviewStatements = {
  /** What a manifest names, each with the row that it names, deleted or not. */
  listNamed: prepare(({ db, p }: Build<Named & { kind: ReferenceKind; after: Digest; limit: number }>) =>
    db
      .selectFrom("reference")
      .leftJoin("manifest as child", (join) =>
        join
          .onRef("child.repository", "=", "reference.repository")
          .onRef("child.digest", "=", "reference.digest")
          .on("reference.kind", "=", "manifest"),
      )
      .leftJoin("link", (join) =>
        join.onRef("link.repository", "=", "reference.repository").onRef("link.digest", "=", "reference.digest"),
      )
      .leftJoin("blob", (join) => join.onRef("blob.digest", "=", "link.digest").on("blob.state", "=", "live"))
      .select([
        "reference.kind",
        "reference.digest",
        "child.digest as child",
        "child.deleted_at as childDeletedAt",
        "link.deleted_at as linkDeletedAt",
        "blob.digest as blob",
      ])
      .where("reference.repository", "=", p("repository"))
      .where("reference.manifest", "=", p("manifest"))
      .where((eb) => eb(eb.refTuple("reference.kind", "reference.digest"), ">", eb.tuple(p("kind"), p("after"))))
      .orderBy("reference.kind")
      .orderBy("reference.digest")
      .limit(p("limit")),
  ),
  /** The tags that a deletion took, with what they named, and what they name now. */
  listTaken: prepare(({ db, p }: Build<Deletion & { after: number; limit: number }>) =>
    selectTaken(db, p)
      .leftJoin("tag", (join) =>
        join.onRef("tag.repository", "=", "taken.repository").onRef("tag.name", "=", "taken.tag"),
      )
      .leftJoin("manifest", (join) =>
        join.onRef("manifest.repository", "=", "taken.repository").onRef("manifest.digest", "=", "taken.previous"),
      )
      .select([
        "taken.id",
        "taken.tag",
        "taken.previous as digest",
        "tag.name as current",
        "manifest.digest as found",
        "manifest.deleted_at as mark",
      ])
      .where("taken.id", ">", p("after"))
      .orderBy("taken.id")
      .limit(p("limit")),
  ),
}

interface Preview {
  read: Connection
  repository: RepositoryName
  /** Whether a row of that mark is there afterwards. */
  comesBack: (deletedAt: number | null) => boolean
  manifests: number
  tagCount: number
  tags: Tag[]
  kept: Tag[]
  keptCount: number
  missing: Missing
}

function begin(read: Connection, repository: RepositoryName, comesBack: Preview["comesBack"]): Preview {
  const nothing = { manifests: 0, tagCount: 0, tags: [], kept: [], keptCount: 0 }
  return { read, repository, comesBack, ...nothing, missing: createMissing() }
}

function end({ manifests, tagCount, tags, kept, keptCount, missing }: Preview): RestorationPreview {
  return { manifests, tagCount, tags, kept, keptCount, ...missing.list() }
}

/** As the restoration of a tag whose manifest that is. `undefined`: that is gone for good. */
export async function previewTag(
  read: Connection,
  { repository, tag, digest }: { repository: RepositoryName; tag: Tag; digest: Digest },
): Promise<RestorationPreview | undefined> {
  if ((await read.find(historyStatements.findManifest, { repository, digest })) === undefined) return undefined
  const preview = begin(read, repository, () => true)
  await addManifest(preview, digest)
  return end(Object.assign(preview, { tagCount: 1, tags: [tag] }))
}

/** As the restoration of a manifest. `undefined`: there is none that is deleted. */
export async function previewManifest(
  read: Connection,
  repository: RepositoryName,
  digest: Digest,
): Promise<RestorationPreview | undefined> {
  const row = await read.find(historyStatements.findManifest, { repository, digest })
  if (row === undefined || row.deletedAt === null) return undefined
  const preview = begin(read, repository, () => true)
  await addManifest(preview, digest)
  await addTags(preview, row.deletedAt, (previous) => previous === digest)
  return end(preview)
}

/**
 * As the restoration of a repository: what its tags named and is gone for good is missing, too. `undefined`: nothing of its
 * last deletion can be brought back.
 */
export async function previewRepository(
  read: Connection,
  repository: RepositoryName,
): Promise<RestorationPreview | undefined> {
  const deletedAt = (await read.find(historyStatements.findDeletion, { repository }))?.at
  if (deletedAt === undefined || !(await hasRest(read, { repository, deletedAt }))) return undefined
  // What was deleted before by itself stays deleted.
  const preview = begin(read, repository, (mark) => mark === null || mark === deletedAt)
  for (let after = "" as Digest, isFull = true; isFull;) {
    const page = await read.list(purgeStatements.listManifests, { repository, after, limit: STEP })
    await letOthersIn()
    for (const { digest } of page.filter((each) => each.deletedAt === deletedAt)) {
      preview.manifests++
      await addNamed(preview, digest)
    }
    after = page.at(-1)?.digest ?? after
    isFull = page.length === STEP
  }
  await addTags(preview, deletedAt, () => true)
  return end(preview)
}

/** The manifest, and of an index its children, however deep. */
async function addManifest(preview: Preview, root: Digest): Promise<void> {
  const { read, repository } = preview
  const seen = new Set<Digest>([root])
  const open = [root]
  for (let digest = open.pop(); digest !== undefined; digest = open.pop()) {
    const row = await read.find(historyStatements.findManifest, { repository, digest })
    if (row?.deletedAt !== null && row !== undefined) preview.manifests++
    for (const child of await addNamed(preview, digest)) {
      if (seen.has(child)) continue
      seen.add(child)
      open.push(child)
    }
  }
}

/** Notes what a manifest names and will not be there. Gives the manifests that it names and that will be. */
async function addNamed(preview: Preview, manifest: Digest): Promise<Digest[]> {
  const { read, repository, missing, comesBack } = preview
  const children: Digest[] = []
  let place: { kind: ReferenceKind; after: Digest } | undefined = { kind: "" as ReferenceKind, after: "" as Digest }
  while (place !== undefined) {
    const step = { repository, manifest, ...place, limit: STEP }
    const named: NamedRow[] = await read.list(historyPreviewStatements.listNamed, step)
    await letOthersIn()
    for (const row of named) {
      if (row.kind === "subject") continue
      const isThere =
        row.kind === "manifest"
          ? row.child !== null && isRestorable(row.childDeletedAt) && comesBack(row.childDeletedAt)
          : row.blob !== null && isRestorable(row.linkDeletedAt) && comesBack(row.linkDeletedAt)
      if (!isThere) missing.add(row.digest)
      else if (row.kind === "manifest") children.push(row.digest)
    }
    const last = named.at(-1)
    place = named.length === STEP && last !== undefined ? { kind: last.kind, after: last.digest } : undefined
  }
  return children
}

interface NamedRow {
  kind: ReferenceKind
  digest: Digest
  child: Digest | null
  childDeletedAt: number | null
  linkDeletedAt: number | null
  blob: Digest | null
}

async function addTags(
  preview: Preview,
  deletedAt: number,
  isMeant: (previous: Digest | null) => boolean,
): Promise<void> {
  const { read, repository, kept, tags, comesBack, missing } = preview
  for (let after = 0, isFull = true; isFull;) {
    const page = await read.list(historyPreviewStatements.listTaken, { repository, deletedAt, after, limit: STEP })
    await letOthersIn()
    for (const { tag, digest, current, found, mark } of page) {
      if (!isMeant(digest)) continue
      if (current !== null) {
        preview.keptCount++
        if (kept.length < SHOWN) kept.push(tag)
      } else if (found !== null && isRestorable(mark) && comesBack(mark)) {
        preview.tagCount++
        if (tags.length < SHOWN) tags.push(tag)
      } else if (digest !== null) missing.add(digest)
    }
    after = page.at(-1)?.id ?? after
    isFull = page.length === STEP
  }
}

function isRestorable(deletedAt: number | null): boolean {
  return deletedAt === null || deletedAt > 0
}

/** A reading is done at once: one after the other they would hold up the requests for as long as all of them take. */
function letOthersIn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
