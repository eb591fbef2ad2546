import { RegistryError } from "./errors.ts"

/** A repository's name, such as `team/app`: made only by `parseRepositoryName`. */
export type RepositoryName = string & { readonly __brand: "RepositoryName" }

const MAX_LENGTH = 255

/**
 * Throws NAME_INVALID unless the text is `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*` joined by `/`, at most 255 characters
 * (distribution-spec, "Pulling manifests"). One pass, no regular expression: a hostile name costs its length and no more.
 */
export function parseRepositoryName(text: string): RepositoryName {
  if (isRepositoryName(text)) return text
  throw new RegistryError("NAME_INVALID", "invalid repository name", { detail: { name: text.slice(0, MAX_LENGTH) } })
}

export function isRepositoryName(text: string): text is RepositoryName {
  if (text.length === 0 || text.length > MAX_LENGTH) return false
  // What precedes the present character: a letter or digit, or the separators met since the last one.
  let separators = "/"
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if ((code >= 97 && code <= 122) || (code >= 48 && code <= 57)) {
      separators = ""
      continue
    }
    const next = separators + text.charAt(i)
    if (next === "-" || next === "--") separators = "-"
    else if (next === "." || next === "_" || next === "__" || next === "/") separators = next
    else return false
  }
  return separators === ""
}
