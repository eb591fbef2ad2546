import { readFileSync } from "node:fs"
import { noise } from "./content.ts"
import { type Descriptor, type ImageLayout, createImageLayout } from "./image-layout.ts"
import { PROGRAM_PATH } from "./programs.ts"

export interface SampleImages {
  layout: ImageLayout
  /** Two layers; where busybox is there its command runs, and prints `a ship in its berth`. */
  app: Descriptor
  /** One layer of 20 MB. */
  big: Descriptor
  /** An index of two images, for amd64 and arm64. */
  multi: Descriptor
}

export const MOTD = "a ship in its berth\n"

/** Writes an OCI layout with the tags `app`, `big` and `multi`, without a network. */
export function createSampleImages(path: string): SampleImages {
  const layout = createImageLayout(path)
  const base = layout.putLayer([
    { path: "bin/busybox", content: readBusybox(), mode: 0o755 },
    { path: "etc/motd", content: Buffer.from(MOTD) },
  ])
  const data = layout.putLayer([{ path: "data/noise", content: noise(1_000_000, 1) }])
  const app = layout.putImage("amd64", [base, data])
  const arm = layout.putImage("arm64", [data])
  const big = layout.putImage("amd64", [layout.putLayer([{ path: "data/big", content: noise(20_000_000, 2) }])])
  const multi = layout.putIndex([
    { ...app, platform: { os: "linux", architecture: "amd64" } },
    { ...arm, platform: { os: "linux", architecture: "arm64" } },
  ])
  layout.tag("app", app)
  layout.tag("big", big)
  layout.tag("multi", multi)
  return { layout, app, big, multi }
}

/** The busybox that tests which run an image require; where it is absent, other bytes for those that do not. */
export function readBusybox(): Uint8Array {
  const busybox = Bun.which("busybox", { PATH: PROGRAM_PATH })
  return busybox === null ? noise(500_000, 3) : readFileSync(busybox)
}
