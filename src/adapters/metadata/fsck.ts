import type { Digest } from "../../domain/digest.ts"
import type { RepositoryName } from "../../domain/repository-name.ts"
import type { BlobKey } from "../../ports/blob-store.ts"
import type { FsckRecords, Inspection } from "../../ports/metadata/fsck.ts"
import { blobStatements } from "./blob-statements.ts"
import { operation, type Write } from "./operation.ts"
import { prepare, type Build, type Connection } from "./prepared.ts"

interface LinkKey {
  repository: RepositoryName
  digest: Digest
}

export const fsckStatements = {
  findCopy: prepare(({ db, p }: Build<BlobKey>) =>
    db.selectFrom("blob").select("state").where("digest", "=", p("digest")).where("generation", "=", p("generation")),
  ),
  findBody: prepare(({ db, p }: Build<{ digest: Digest }>) =>
    db.selectFrom("manifest_body").select("digest").where("digest", "=", p("digest")),
  ),
  findBase: prepare(({ db, p }: Build<{ digest: Digest }>) =>
    db.selectFrom("adopted").select("name").where("digest", "=", p("digest")).limit(1),
  ),
  listUploads: prepare(({ db, p }: Build<{ after: string; limit: number }>) =>
    db.selectFrom("upload").select(["id", "offset"]).where("id", ">", p("after")).orderBy("id").limit(p("limit")),
  ),
  recount: prepare(({ db, p }: Build<{ repository: RepositoryName }>) =>
    db
      .updateTable("repository")
      .set((eb) => ({
        manifest_count: eb
          .selectFrom("manifest")
          .select(({ fn }) => fn.countAll<number>().as("count"))
          .where("manifest.repository", "=", p("repository"))
          .where("manifest.deleted_at", "is", null),
      }))
      .where("name", "=", p("repository")),
  ),
  findReference: prepare(({ db, p }: Build<LinkKey>) =>
    db
      .selectFrom("reference")
      .select("manifest")
      .where("digest", "=", p("digest"))
      .where("repository", "=", p("repository"))
      .limit(1),
  ),
  findNamed: prepare(({ db, p }: Build<{ digest: Digest }>) =>
    db
      .selectFrom("link")
      .innerJoin("reference", (join) =>
        join.onRef("reference.digest", "=", "link.digest").onRef("reference.repository", "=", "link.repository"),
      )
      .select("link.repository")
      .where("link.digest", "=", p("digest"))
      .limit(1),
  ),
  findNamedByPresent: prepare(({ db, p }: Build<{ digest: Digest }>) =>
    db
      .selectFrom("link")
      .innerJoin("reference", (join) =>
        join.onRef("reference.digest", "=", "link.digest").onRef("reference.repository", "=", "link.repository"),
      )
      .innerJoin("manifest", (join) =>
        join
          .onRef("manifest.repository", "=", "reference.repository")
          .onRef("manifest.digest", "=", "reference.manifest"),
      )
      .select("link.repository")
      .where("link.digest", "=", p("digest"))
      .where("manifest.deleted_at", "is", null)
      .limit(1),
  ),
  findLive: prepare(({ db, p }: Build<{ digest: Digest }>) =>
    db.selectFrom("blob").select("generation").where("digest", "=", p("digest")).where("state", "=", "live"),
  ),
  findLink: prepare(({ db, p }: Build<LinkKey>) =>
    db.selectFrom("link").select("digest").where("repository", "=", p("repository")).where("digest", "=", p("digest")),
  ),
}

const recount = operation("fsck.recount", async (connection, target: { repository: RepositoryName }): Promise<void> => {
  await connection.run(fsckStatements.recount, target)
})

const relink = operation("fsck.relink", async (connection, key: LinkKey, at): Promise<boolean> => {
  const isNamed = (await connection.find(fsckStatements.findReference, key)) !== undefined
  const isStored = (await connection.find(fsckStatements.findLive, key)) !== undefined
  // One that is there has been brought back, or deleted, since.
  const isLinked = (await connection.find(fsckStatements.findLink, key)) !== undefined
  if (!isNamed || !isStored || isLinked) return false
  await connection.run(blobStatements.link, { ...key, at })
  return true
})

export const fsckOperations = [recount, relink]

export function createFsckRecords(
  read: Connection,
  write: Write,
  inspect: (signal: AbortSignal) => Promise<Inspection>,
): FsckRecords {
  return {
    inspect,
    async isKnown({ digest, generation }) {
      if ((await read.find(fsckStatements.findCopy, { digest, generation })) !== undefined) return true
      if (generation !== 0) return false
      if ((await read.find(fsckStatements.findBody, { digest })) !== undefined) return true
      return (await read.find(fsckStatements.findBase, { digest })) !== undefined
    },
    async findNeed(digest) {
      if ((await read.find(fsckStatements.findNamedByPresent, { digest })) !== undefined) return "present"
      return (await read.find(fsckStatements.findNamed, { digest })) === undefined ? undefined : "deleted"
    },
    listUploads: (after, limit) => read.list(fsckStatements.listUploads, { after, limit }),
    recount: (repository) => write(recount, { repository }),
    relink: (repository, digest) => write(relink, { repository, digest }),
  }
}
