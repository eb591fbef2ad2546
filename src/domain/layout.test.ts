import { describe, expect, test } from "bun:test"
import { IMAGE_NAME, parseImageReference, parseLayoutIndex, readPlacement, REF_NAME, REPOSITORY } from "./layout.ts"
import type { Digest } from "./digest.ts"
import { OCI_MANIFEST } from "./media-type.ts"

const digest = `sha256:${"a".repeat(64)}` as Digest

function place(annotations: Record<string, string>): unknown {
  return readPlacement({ mediaType: OCI_MANIFEST, digest, size: 1, annotations })
}

describe("where an entry of a layout belongs", () => {
  test("is read from what each program writes", () => {
    const app = { repository: "team/app", tag: "v1" }
    // Ours, then those of skopeo with a name, docker buildx, podman, crane.
    expect(place({ [REPOSITORY]: "team/app", [REF_NAME]: "team/app:v1" })).toEqual(app)
    expect(place({ [REF_NAME]: "team/app:v1" })).toEqual(app)
    expect(place({ [IMAGE_NAME]: "docker.io/team/app:v1", [REF_NAME]: "v1" })).toEqual(app)
    expect(place({ [REF_NAME]: "localhost/team/app:v1" })).toEqual(app)
    expect(place({ [REF_NAME]: "127.0.0.1:5000/team/app:v1" })).toEqual(app)
  })

  test("is a tag alone, or nothing, where it says no more", () => {
    expect(place({ [REF_NAME]: "v1" })).toEqual({ tag: "v1" })
    expect(place({ [REPOSITORY]: "team/app" })).toEqual({ repository: "team/app" })
    expect(place({})).toEqual({})
  })

  test("is never a name that a registry does not take", () => {
    for (const name of ["../../etc:v1", "Team/App:v1", "team//app:v1", "team/app:-", ":v1", "@", "a:b:c/d:"]) {
      expect({ name, place: place({ [REF_NAME]: name, [REPOSITORY]: name }) }).toEqual({ name, place: {} })
    }
  })
})

describe("index.json", () => {
  const read = (text: string) => parseLayoutIndex(new TextEncoder().encode(text))

  test("may be without entries", () => {
    expect(read("{}")).toEqual([])
    expect(read('{"manifests":null}')).toEqual([])
  })

  test("that is none is refused, with the place", () => {
    for (const text of ["", "[]", "null", '{"manifests":{}}']) expect(() => read(text)).toThrow("index.json")
    expect(() => read('{"manifests":[{}]}')).toThrow("manifests[0] of index.json.mediaType is missing")
  })
})

describe("the name of an image", () => {
  test("is a repository, with a tag or a digest behind it", () => {
    expect(parseImageReference("team/app")).toEqual({ repository: "team/app" as never })
    expect(parseImageReference("team/app:v1")).toEqual({ repository: "team/app" as never, reference: "v1" })
    expect(parseImageReference(`app@${digest}`)).toEqual({ repository: "app" as never, reference: digest })
    for (const text of ["", ":v1", "App", "a//b:v1", "@x"]) expect(() => parseImageReference(text)).toThrow()
  })
})
