import type { Digest } from "../../domain/digest.ts"
import type { RepositoryName } from "../../domain/repository-name.ts"
import type { ReferrerRecord, ReferrerRecords } from "../../ports/metadata/referrers.ts"
import { readPage } from "./pages.ts"
import { prepare, type Build, type Connection } from "./prepared.ts"

interface SubjectPage {
  repository: RepositoryName
  subject: Digest
  after: string
  limit: number
}

interface ReferrerRow {
  digest: Digest
  mediaType: string
  sizeBytes: number
  artifactType: string | null
  annotations: string | null
}

export const referrerStatements = {
  list: prepare((build: Build<SubjectPage>) => listReferrers(build)),
  listOfType: prepare((build: Build<SubjectPage & { artifactType: string }>) =>
    listReferrers(build).where("artifact_type", "=", build.p("artifactType")),
  ),
}

export function createReferrerRecords(read: Connection): ReferrerRecords {
  return {
    async list(repository, subject, { artifactType, ...page }) {
      const { items, hasMore } = await readPage(page, (after, limit) =>
        artifactType === undefined
          ? read.list(referrerStatements.list, { repository, subject, after, limit })
          : read.list(referrerStatements.listOfType, { repository, subject, after, limit, artifactType }),
      )
      return { items: items.map(toReferrer), hasMore }
    },
  }
}

function listReferrers({ db, p }: Build<SubjectPage>) {
  return db
    .selectFrom("manifest")
    .select(["digest", "media_type as mediaType", "size as sizeBytes", "artifact_type as artifactType", "annotations"])
    .where("repository", "=", p("repository"))
    .where("subject", "=", p("subject"))
    .where("digest", ">", p("after") as Digest)
    .orderBy("digest")
    .limit(p("limit"))
}

function toReferrer({ artifactType, annotations, ...record }: ReferrerRow): ReferrerRecord {
  return {
    ...record,
    ...(artifactType !== null && { artifactType }),
    ...(annotations !== null && { annotations: JSON.parse(annotations) as Record<string, string> }),
  }
}
