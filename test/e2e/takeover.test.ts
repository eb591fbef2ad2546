// What docs/takeover.md tells people to type, in its order, on a machine with Docker, where registry:2 runs.
import { buildBerthImage, IMAGE_PROGRAMS } from "./support/berth-image.ts"
import { startDockerHost } from "./support/docker-host.ts"
import { testPage } from "./support/docker-page.ts"
import { requirePrograms } from "./support/programs.ts"
import { importRegistryImage } from "./support/registry-image.ts"
import { shareInFile } from "./support/share-in-file.ts"

const test = requirePrograms(...IMAGE_PROGRAMS, "curl", "docker-registry", "ldd")
const host = shareInFile(async () => {
  const started = await startDockerHost()
  await buildBerthImage(started)
  await importRegistryImage(started)
  await started.run("docker tag busybox:stable-musl alpine")
  return started
})

testPage("docs/takeover.md", test, host)
