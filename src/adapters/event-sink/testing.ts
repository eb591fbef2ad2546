import { digestOf } from "../../domain/digest.ts"
import type { RegistryEvent } from "../../domain/event.ts"
import { OCI_MANIFEST } from "../../domain/media-type.ts"
import { parseRepositoryName } from "../../domain/repository-name.ts"
import { parseTag } from "../../domain/tag.ts"

export const DIGEST = digestOf("sha256", "a".repeat(64))

/** A push of `lib/a:latest`. */
export function createEvent(changes: Partial<RegistryEvent> = {}): RegistryEvent {
  return {
    id: "a75cc003-91c4-425c-b754-10a75cd56320",
    at: Date.UTC(2026, 10, 22, 6, 17, 3, 822),
    action: "push",
    target: {
      kind: "manifest",
      repository: parseRepositoryName("lib/a"),
      mediaType: OCI_MANIFEST,
      digest: DIGEST,
      sizeBytes: 447,
      url: `http://registry:5000/v2/lib/a/manifests/${DIGEST}`,
      tag: parseTag("latest"),
    },
    request: { id: "da7c139d", addr: "127.0.0.1:57950", host: "registry:5000", method: "PUT", useragent: "probe/1" },
    source: { addr: "vm:5000", instanceID: "a64d4f8e" },
    ...changes,
  }
}
