import { parseDigest } from "../../domain/digest.ts"
import { OCI_INDEX } from "../../domain/media-type.ts"
import type { ReferrerRecord } from "../../ports/metadata/referrers.ts"
import type { Referrers } from "../../services/referrers.ts"
import { respondJson, type Handler } from "./call.ts"

const PAGE_SIZE = 1000
/**
 * Of annotations and artifact types. Each manifest may bring nearly as much as a manifest may have, so a page ends by its
 * length as well: it is not much longer than a manifest, unless its one entry is.
 */
const PAGE_BYTES = 4 * 1024 * 1024

/** GET /v2/<name>/referrers/<digest> (distribution-spec, "Listing Referrers"): an image index, empty where there are none. */
export function createReferrersHandler(referrers: Referrers): Handler {
  return async (call) => {
    const { repository } = call
    const subject = parseDigest(call.reference)
    const artifactType = call.query.get("artifactType")
    const last = call.query.get("last")
    const page = await referrers.list(repository, subject, {
      limit: PAGE_SIZE,
      maxBytes: PAGE_BYTES,
      ...(last !== null && { last }),
      ...(artifactType !== null && { artifactType }),
    })
    const next = page.hasMore ? page.items.at(-1)?.digest : undefined
    const query = new URLSearchParams({ ...(artifactType !== null && { artifactType }), last: next ?? "" })
    const path = call.locate(`${repository}/referrers/${subject}`)
    return respondJson(
      call,
      { schemaVersion: 2, mediaType: OCI_INDEX, manifests: page.items.map(describe) },
      {
        "Content-Type": OCI_INDEX,
        ...(artifactType !== null && { "OCI-Filters-Applied": "artifactType" }),
        ...(next !== undefined && { Link: `<${path}?${query.toString()}>; rel="next"` }),
      },
    )
  }
}

function describe({
  mediaType,
  digest,
  sizeBytes,
  artifactType,
  annotations,
}: ReferrerRecord): Record<string, unknown> {
  return { mediaType, digest, size: sizeBytes, artifactType, annotations }
}
