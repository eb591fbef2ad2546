import { expectError, freshRepository, type Registry } from "../client.ts"
import { bytesOf, EMPTY_DESCRIPTOR, imageManifest, OCI_IMAGE, type Bytes, type Descriptor } from "../content.ts"
import { pushBlob, putManifest } from "../push.ts"

export function artifact(fields: object = {}, layers: Descriptor[] = []): { mediaType: string } {
  return imageManifest(EMPTY_DESCRIPTOR, layers, { artifactType: "application/vnd.example", ...fields })
}

export async function freshWithEmptyBlob(registry: Registry): Promise<string> {
  const repository = freshRepository("bad-manifest")
  await pushBlob(registry, repository, bytesOf("{}"))
  return repository
}

export async function expectInvalid(registry: Registry, body: Bytes | string, mediaType = OCI_IMAGE): Promise<void> {
  await expectError(
    await putManifest(registry, `${await freshWithEmptyBlob(registry)}:bad`, body, mediaType),
    400,
    "MANIFEST_INVALID",
  )
}
