import { LARGEST_BLOB } from "./pool.ts"

/** Small, so that a short sequence meets them. */
export const LIMITS = { uploads: 5, blobBytes: LARGEST_BLOB, ranges: 3, references: 6, tags: 3, catalog: 2 }

/** The configuration of a registry that has these limits. */
export const CONFIGURATION = {
  version: 0.1,
  catalog: { maxentries: LIMITS.catalog },
  tags: { maxtags: LIMITS.tags },
  limits: {
    uploads: LIMITS.uploads,
    blobbytes: LIMITS.blobBytes,
    ranges: LIMITS.ranges,
    manifestreferences: LIMITS.references,
  },
}
