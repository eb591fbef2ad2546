import type { Digest } from "../../domain/digest.ts"
import type { RepositoryName } from "../../domain/repository-name.ts"
import type { Tag } from "../../domain/tag.ts"
import type { Deletion } from "../../ports/metadata/events.ts"
import type { TagDetails, TagRecord, TagRecords } from "../../ports/metadata/tags.ts"
import { findDeletionMoment } from "./deletion-moment.ts"
import { appendEvents, type EventSignal } from "./events.ts"
import { operation, type Write } from "./operation.ts"
import { readPage } from "./pages.ts"
import { prepare, type Build, type Connection } from "./prepared.ts"
import { queueUntagged } from "./reviews.ts"
import type { TagCache } from "./tag-cache.ts"

interface TagKey {
  repository: RepositoryName
  name: Tag
}

export interface Change {
  actor: string
  at: number
}

export const tagStatements = {
  find: prepare(({ db, p }: Build<TagKey>) =>
    db
      .selectFrom("tag")
      .select(["digest", "media_type as mediaType", "size as sizeBytes"])
      .where("repository", "=", p("repository"))
      .where("name", "=", p("name")),
  ),
  list: prepare(({ db, p }: Build<{ repository: RepositoryName; after: string; limit: number }>) =>
    db
      .selectFrom("tag")
      .select("name")
      .where("repository", "=", p("repository"))
      .where("name", ">", p("after") as Tag)
      .orderBy("name")
      .limit(p("limit")),
  ),
  listDetails: prepare(({ db, p }: Build<{ repository: RepositoryName; after: string; limit: number }>) =>
    db
      .selectFrom("tag")
      .select((eb) => [
        "name",
        "digest",
        "media_type as mediaType",
        "size as sizeBytes",
        "updated_at as pushedAt",
        "created_by as pushedBy",
        eb
          .selectFrom("reference as own")
          .select(({ fn }) => fn.sum<number | null>("own.size").as("bytes"))
          .whereRef("own.repository", "=", "tag.repository")
          .whereRef("own.manifest", "=", "tag.digest")
          .where("own.kind", "!=", "subject")
          .as("ownBytes"),
        // Of an index: what its platforms' manifests name.
        eb
          .selectFrom("reference as child")
          .innerJoin("reference as of", (join) =>
            join.onRef("of.repository", "=", "child.repository").onRef("of.manifest", "=", "child.digest"),
          )
          .select(({ fn }) => fn.sum<number | null>("of.size").as("bytes"))
          .whereRef("child.repository", "=", "tag.repository")
          .whereRef("child.manifest", "=", "tag.digest")
          .where("child.kind", "=", "manifest")
          .where("of.kind", "!=", "subject")
          .as("childBytes"),
      ])
      .where("repository", "=", p("repository"))
      .where("name", ">", p("after") as Tag)
      .orderBy("name")
      .limit(p("limit")),
  ),
  pageOfManifest: prepare(
    ({ db, p }: Build<{ repository: RepositoryName; digest: Digest; after: string; limit: number }>) =>
      db
        .selectFrom("tag")
        .select("name")
        .where("repository", "=", p("repository"))
        .where("digest", "=", p("digest"))
        .where("name", ">", p("after") as Tag)
        .orderBy("name")
        .limit(p("limit")),
  ),
  listOfManifest: prepare(({ db, p }: Build<{ repository: RepositoryName; digest: Digest }>) =>
    db
      .selectFrom("tag")
      .select("name")
      .where("repository", "=", p("repository"))
      .where("digest", "=", p("digest"))
      .orderBy("name"),
  ),
  put: prepare(({ db, p }: Build<TagKey & TagRecord & Change>) =>
    db
      .insertInto("tag")
      .values({
        repository: p("repository"),
        name: p("name"),
        digest: p("digest"),
        media_type: p("mediaType"),
        size: p("sizeBytes"),
        created_by: p("actor"),
        updated_at: p("at"),
      })
      .onConflict((conflict) =>
        conflict.columns(["repository", "name"]).doUpdateSet((eb) => ({
          digest: eb.ref("excluded.digest"),
          media_type: eb.ref("excluded.media_type"),
          size: eb.ref("excluded.size"),
          created_by: eb.ref("excluded.created_by"),
          updated_at: eb.ref("excluded.updated_at"),
        })),
      ),
  ),
  delete: prepare(({ db, p }: Build<TagKey>) =>
    db.deleteFrom("tag").where("repository", "=", p("repository")).where("name", "=", p("name")),
  ),
  note: prepare(({ db, p }: Build<TagKey & Change & { digest: Digest | null; previous: Digest | null }>) =>
    db.insertInto("tag_history").values({
      repository: p("repository"),
      tag: p("name"),
      digest: p("digest"),
      previous: p("previous"),
      at: p("at"),
      actor: p("actor"),
    }),
  ),
}

const deleteTag = operation(
  "tags.delete",
  async (connection, { actor, events, ...key }: TagKey & Deletion, now): Promise<boolean> => {
    const current = await connection.find(tagStatements.find, key)
    if (current === undefined) return false
    const at = await findDeletionMoment(connection, key.repository, now)
    await removeTag(connection, { ...key, digest: current.digest }, { actor, at })
    if (events !== undefined) await appendEvents(connection, events, now)
    return true
  },
)

export const tagOperations = [deleteTag]

export function createTagRecords(
  read: Connection,
  write: Write,
  { cache, signal }: { cache: TagCache; signal: EventSignal },
): TagRecords {
  return {
    find: (repository, name) => {
      const key = { repository, name }
      return cache.find(key, () => read.find(tagStatements.find, key))
    },
    async list(repository, page) {
      const { items, hasMore } = await readPage(page, (after, limit) =>
        read.list(tagStatements.list, { repository, after, limit }),
      )
      return { items: items.map(({ name }) => name), hasMore }
    },
    async listDetails(repository, page) {
      const { items, hasMore } = await readPage(page, (after, limit) =>
        read.list(tagStatements.listDetails, { repository, after, limit }),
      )
      return { items: items.map(toDetails), hasMore }
    },
    async listOfManifest(repository, digest, page) {
      const { items, hasMore } = await readPage(page, (after, limit) =>
        read.list(tagStatements.pageOfManifest, { repository, digest, after, limit }),
      )
      return { items: items.map(({ name }) => name), hasMore }
    },
    delete: (repository, name, deletion) => {
      const change = cache.change(repository, write(deleteTag, { repository, name, ...deletion }))
      return signal.after(deletion.events, change)
    },
  }
}

interface DetailsRow extends Omit<TagDetails, "totalBytes"> {
  ownBytes: number | null
  childBytes: number | null
}

function toDetails({ ownBytes, childBytes, ...tag }: DetailsRow): TagDetails {
  return { ...tag, totalBytes: tag.sizeBytes + (ownBytes ?? 0) + (childBytes ?? 0) }
}

/** Points the tag at the manifest; the history notes it when the tag pointed elsewhere, or nowhere. */
export async function putTag(connection: Connection, tag: TagKey & TagRecord, change: Change): Promise<void> {
  const { repository, name, digest } = tag
  const current = await connection.find(tagStatements.find, { repository, name })
  await connection.run(tagStatements.put, { ...tag, ...change })
  if (current?.digest === digest) return
  if (current !== undefined) await queueUntagged(connection, { repository, digest: current.digest }, change.at)
  await connection.run(tagStatements.note, { repository, name, digest, previous: current?.digest ?? null, ...change })
}

/** Removes every tag that points at the manifest; gives them, in byte order. */
export async function removeTagsOf(
  connection: Connection,
  manifest: { repository: RepositoryName; digest: Digest },
  change: Change,
): Promise<Tag[]> {
  const tags = await connection.list(tagStatements.listOfManifest, manifest)
  for (const { name } of tags) await removeTag(connection, { ...manifest, name }, change)
  return tags.map(({ name }) => name)
}

export async function removeTag(
  connection: Connection,
  tag: TagKey & { digest: Digest },
  change: Change,
): Promise<void> {
  const { repository, digest } = tag
  await takeTag(connection, tag, change)
  await queueUntagged(connection, { repository, digest }, change.at)
}

/** Of a manifest that is deleted as well: nothing is let go by it. */
export async function takeTag(connection: Connection, tag: TagKey & { digest: Digest }, change: Change): Promise<void> {
  const { repository, name, digest } = tag
  await connection.run(tagStatements.delete, { repository, name })
  await connection.run(tagStatements.note, { repository, name, digest: null, previous: digest, ...change })
}
