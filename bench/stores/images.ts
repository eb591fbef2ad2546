import { type Blob, type Image, MANIFEST_TYPE, createBlob, encodeJson } from "../clients/image.ts"

/** How many blobs a store holds, and how many of them nothing names any more. */
export interface Shape {
  blobs: number
  garbage: number
}

export interface Garbage {
  blob: Blob
  repository: string
}

const BLOBS_OF_AN_IMAGE = 5
const REPOSITORIES = 100

/** Every image has blobs of its own: the rest of the blobs are garbage. */
export function countImages({ blobs, garbage }: Shape): number {
  return Math.floor((blobs - garbage) / BLOBS_OF_AN_IMAGE)
}

/** Gives the image of that number, made of the blobs that have the next numbers. */
export function getImage(index: number): Image {
  const [config, ...layers] = Array.from({ length: BLOBS_OF_AN_IMAGE }, (_, at) =>
    getBlob(index * BLOBS_OF_AN_IMAGE + at),
  )
  if (config === undefined) throw new Error("an image has a config")
  const describe = (mediaType: string, { digest, bytes }: Blob) => ({ mediaType, digest, size: bytes.length })
  const manifest = encodeJson({
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    config: describe("application/vnd.oci.image.config.v1+json", config),
    layers: layers.map((layer) => describe("application/vnd.oci.image.layer.v1.tar+gzip", layer)),
  })
  return { repository: getRepository(index), tag: `t${index}`, config, layers, manifest }
}

function getBlob(index: number): Blob {
  return createBlob(Buffer.from(`the content of blob ${index}\n`))
}

/** Of the blobs that no image names these, each with the repository that once had it. */
export function* listGarbage(shape: Shape, from = 0, until = shape.garbage): Generator<Garbage> {
  const first = shape.blobs - shape.garbage
  for (let index = first + from; index < first + until; index++) {
    yield { blob: getBlob(index), repository: getRepository(index) }
  }
}

function getRepository(index: number): string {
  return `team/app-${index % REPOSITORIES}`
}
