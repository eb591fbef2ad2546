import { createDistributionTree } from "../../test/support/distribution-tree.ts"
import { type Shape, countImages, getImage, listGarbage } from "./images.ts"

/** Writes a tree of the same shape as docker-registry would have written it. */
export function writeDistributionStore(root: string, shape: Shape): void {
  const tree = createDistributionTree(root)
  for (let index = 0; index < countImages(shape); index++) {
    const { repository, tag, config, layers, manifest } = getImage(index)
    for (const { bytes, digest } of [config, ...layers]) {
      tree.putBlob(bytes)
      tree.link(repository, digest)
    }
    tree.tag(repository, tag, tree.putManifest(repository, Buffer.from(manifest).toString()))
  }
  for (const { blob, repository } of listGarbage(shape)) {
    tree.putBlob(blob.bytes)
    tree.link(repository, blob.digest)
  }
}
