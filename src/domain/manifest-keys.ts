/** The keys of the objects that a manifest is made of: image-spec manifest.md, image-index.md and descriptor.md. */
const KEYS = {
  manifest: ["schemaVersion", "mediaType", "artifactType", "config", "layers", "manifests", "subject", "annotations"],
  descriptor: ["mediaType", "digest", "size", "urls", "annotations", "data", "platform", "artifactType"],
  platform: ["architecture", "os", "os.version", "os.features", "variant", "features"],
}

export type KeyOwner = keyof typeof KEYS

export const manifestKeys: readonly string[] = [...new Set(Object.values(KEYS).flat())]

const LONGEST = Math.max(...manifestKeys.map((key) => key.length))
const exact = mapOwners((keys) => new Set(keys))
// With the flag u, i folds case as Go does: `ſ` is an s too.
const inAnyCase = mapOwners((keys) => new RegExp(`^(?:${keys.join("|").replaceAll(".", "\\.")})$`, "iu"))

/**
 * Finds a key that is one of the owner's but for its case. Programs in Go take it for the same field, of which the last
 * one counts: to them such a manifest would say something else than to us.
 */
export function findMiscasedKey(owner: KeyOwner, value: Record<string, unknown>): string | undefined {
  return Object.keys(value).find((key) => key.length <= LONGEST && !exact[owner].has(key) && inAnyCase[owner].test(key))
}

function mapOwners<T>(make: (keys: readonly string[]) => T): Record<KeyOwner, T> {
  return { manifest: make(KEYS.manifest), descriptor: make(KEYS.descriptor), platform: make(KEYS.platform) }
}
