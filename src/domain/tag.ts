import { RegistryError } from "./errors.ts"

/** A tag, such as `latest`: made only by `parseTag`. */
export type Tag = string & { readonly __brand: "Tag" }

const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/

/** Throws TAG_INVALID unless the text is `[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}` (distribution-spec, "Pulling manifests"). */
export function parseTag(text: string): Tag {
  if (isTag(text)) return text
  throw new RegistryError("TAG_INVALID", "the tag must match [a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}", {
    detail: { tag: text.slice(0, 200) },
  })
}

export function isTag(text: string): text is Tag {
  return TAG.test(text)
}
