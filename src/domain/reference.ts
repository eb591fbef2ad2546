import { parseDigest, type Digest } from "./digest.ts"
import { parseTag, type Tag } from "./tag.ts"

/** What names a manifest within a repository. */
export type Reference = { kind: "tag"; tag: Tag } | { kind: "digest"; digest: Digest }

/** A text with a colon is a digest, and anything else a tag. Throws DIGEST_INVALID or TAG_INVALID. */
export function parseReference(text: string): Reference {
  return text.includes(":") ? { kind: "digest", digest: parseDigest(text) } : { kind: "tag", tag: parseTag(text) }
}
