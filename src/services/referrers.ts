import type { Digest } from "../domain/digest.ts"
import type { Page } from "../domain/page.ts"
import type { RepositoryName } from "../domain/repository-name.ts"
import type { ReferrerQuery, ReferrerRecord, ReferrerRecords } from "../ports/metadata/referrers.ts"

export interface Referrers {
  /**
   * What refers to the digest, by digest in byte order. An unknown digest or repository has no referrers, and that is no
   * error. Every manifest is recorded with its subject when it is pushed, so that those that a client listed under a
   * fallback tag are here as well (distribution-spec, "Referrers Tag Schema").
   */
  list(repository: RepositoryName, subject: Digest, query: ReferrerQuery): Promise<Page<ReferrerRecord>>
}

export function createReferrers({ referrers }: { referrers: ReferrerRecords }): Referrers {
  return { list: (repository, subject, query) => referrers.list(repository, subject, query) }
}
