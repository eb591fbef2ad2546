import { DOCKER_LIST, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST } from "../../../src/domain/media-type.ts"
import type { ManifestMediaType } from "../../../src/domain/media-type.ts"
import { createManifestSchemas } from "../fuzz/manifest-schemas.ts"
import { LIMITS } from "./limits.ts"
import type { Question } from "./question.ts"
import type { Document, ModelManifest, ModelRepository } from "./state.ts"

const NON_DISTRIBUTABLE = "application/vnd.oci.image.layer.nondistributable.v1.tar"
const schemas = createManifestSchemas(LIMITS.references)

export function readDocument(body: Uint8Array, mediaType: string): Document | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body))
    return schemas[mediaType as ManifestMediaType].safeParse(value).success ? (value as Document) : undefined
  } catch {
    return undefined
  }
}

export function listNeeded(document: Document): { kind: "blobs" | "manifests"; digest: string }[] {
  const { config, layers, manifests } = document
  const blobs = [...(config === undefined ? [] : [config]), ...(layers ?? [])]
  return [
    ...blobs
      .filter((each) => each === config || each.mediaType !== NON_DISTRIBUTABLE)
      .map(({ digest }) => ({ kind: "blobs" as const, digest })),
    ...(manifests ?? []).map(({ digest }) => ({ kind: "manifests" as const, digest })),
  ]
}

export function artifactTypeOf({ artifactType, config }: Document): string | undefined {
  return artifactType === undefined || artifactType === "" ? config?.mediaType : artifactType
}

export function describeReferrer(digest: string, manifest: ModelManifest | undefined): unknown {
  if (manifest === undefined) throw new Error(`${digest} is not in the model`)
  const { mediaType, bytes, document } = manifest
  const { annotations } = document
  return {
    mediaType,
    digest,
    size: bytes.length,
    artifactType: artifactTypeOf(document),
    ...(annotations && { annotations }),
  }
}

export function knowsIndexes({ headers }: Question): boolean {
  const types = headers["accept"]?.split(",").map((each) => each.replace(/;.*$/, "").trim())
  return types === undefined || !types.every((each) => each === OCI_MANIFEST || each === DOCKER_MANIFEST)
}

export function findDefaultImage(
  { manifests }: ModelRepository,
  { mediaType, document }: ModelManifest,
): [string, ModelManifest] | undefined {
  if (mediaType !== OCI_INDEX && mediaType !== DOCKER_LIST) return undefined
  const child = document.manifests?.find(
    ({ platform }) => platform?.os === "linux" && platform.architecture === "amd64",
  )
  const image = child && manifests.get(child.digest)
  return image && [child.digest, image]
}
