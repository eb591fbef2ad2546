import { z } from "zod"
import { DOCKER_LIST, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST } from "../../../src/domain/media-type.ts"
import type { ManifestMediaType } from "../../../src/domain/media-type.ts"

// A second implementation of what is accepted, from image-spec manifest.md and image-index.md, as schemas.
const annotations = z.record(z.string(), z.string()).nullish()
const descriptor = z.object({
  mediaType: z.string(),
  digest: z.string().regex(/^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/),
  size: z.int().min(0),
  urls: z.array(z.string()).nullish(),
  annotations,
})
const common = {
  schemaVersion: z.literal(2),
  artifactType: z.string().optional(),
  subject: descriptor.optional(),
  annotations,
}

export type ManifestSchemas = Record<ManifestMediaType, z.ZodType>

/** What each media type's documents look like, with at most so many layers or children. */
export function createManifestSchemas(maxReferences: number): ManifestSchemas {
  const descriptors = z.array(descriptor).max(maxReferences).nullable()
  const image = z.object({ ...common, config: descriptor, layers: descriptors, manifests: z.undefined().optional() })
  const index = z.object({
    ...common,
    manifests: descriptors,
    config: z.undefined().optional(),
    layers: z.undefined().optional(),
  })
  return {
    [OCI_MANIFEST]: image.extend({ mediaType: z.literal(OCI_MANIFEST).optional() }),
    [DOCKER_MANIFEST]: image.extend({ mediaType: z.literal(DOCKER_MANIFEST) }),
    [OCI_INDEX]: index.extend({ mediaType: z.literal(OCI_INDEX).optional() }),
    [DOCKER_LIST]: index.extend({ mediaType: z.literal(DOCKER_LIST) }),
  }
}
