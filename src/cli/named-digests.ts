import type { TagChangeView } from "../contract/history.ts"
import { parseDigest, type Digest } from "../domain/digest.ts"
import { RegistryError } from "../domain/errors.ts"
import { askPages, type Operator } from "./operator.ts"
import { parseWholeDigest } from "./short-digests.ts"
import type { Target } from "./tag-target.ts"

/** As many digits as lists print, or more; one that is whole has its algorithm. */
const PART = /^(?:sha256:[0-9a-f]{12,63}|sha512:[0-9a-f]{12,127}|[0-9a-f]{12,128})$/
const TOO_SHORT = /^(?:sha(?:256|512):)?[0-9a-f]{1,11}$/

/** A digest, or what it begins with. Throws DIGEST_INVALID. */
export function parseDigestPart(text: string): string {
  if (TOO_SHORT.test(text))
    throw new RegistryError("DIGEST_INVALID", `${text} is too short: write twelve digits or more`)
  return PART.test(text) ? text : parseWholeDigest(text)
}

/** The digest that begins so, of those that the tag has named. Throws where there is none, or more than one. */
export async function resolveDigest(operator: Operator, { repository, tag }: Target, part: string): Promise<Digest> {
  if (!PART.test(part)) return parseDigest(part)
  const found = new Set<string>()
  const path = `/repositories/${encodeURIComponent(repository)}/history`
  for await (const { from, to } of askPages<TagChangeView>(operator, path, { tag })) {
    for (const digest of [from, to]) {
      if (digest?.startsWith(part) === true || digest?.split(":")[1]?.startsWith(part) === true) found.add(digest)
    }
  }
  const [first, ...others] = found
  if (first !== undefined && others.length === 0) return parseDigest(first)
  const name = `${repository}:${tag}`
  const reason =
    first === undefined
      ? `nothing that ${name} has named begins with ${part}: berth tag history ${name} lists it`
      : `${part} is the beginning of ${found.size} digests that ${name} has named: write more of the digits`
  throw new Error(reason)
}
