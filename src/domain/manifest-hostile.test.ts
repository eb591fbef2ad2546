import { expect, test } from "bun:test"
import { isRegistryError, type RegistryError } from "./errors.ts"
import { listReferences, parseManifest } from "./manifest.ts"
import { OCI_INDEX, OCI_MANIFEST } from "./media-type.ts"

const MAXIMUM = 4 * 2 ** 20
const DIGEST = `sha256:${"0123456789abcdef".repeat(4)}`
const CONFIG = `{"mediaType":"a/b","digest":"${DIGEST}","size":2}`
const encoder = new TextEncoder()

/** A manifest with the members put before the usual ones. */
function manifest(members = ""): string {
  return `{"schemaVersion":2,${members}"config":${CONFIG},"layers":[]}`
}

function refusal(body: string | Uint8Array, type = OCI_MANIFEST, maxReferences = 1000): RegistryError | undefined {
  try {
    parseManifest(typeof body === "string" ? encoder.encode(body) : body, type, maxReferences)
    return undefined
  } catch (error) {
    if (isRegistryError(error, "MANIFEST_INVALID")) return error
    throw error
  }
}

function repeat(times: number, make: (index: number) => string): string {
  return Array.from({ length: times }, (_, index) => make(index)).join("")
}

const REFUSED: Record<string, string | Uint8Array> = {
  "nothing at all": "",
  "white space": "  \n",
  "truncated JSON": manifest().slice(0, -1),
  "a byte order mark": `\ufeff${manifest()}`,
  "trailing data": `${manifest()}{}`,
  "a NUL at the end": `${manifest()}\0`,
  NaN: manifest('"a":NaN,'),
  "a comment": manifest('"a":/* */1,'),
  "a trailing comma": manifest('"a":[1,],'),
  "a list at the root": `[${manifest()}]`,
  "a text at the root": '"text"',
  null: "null",
  "UTF-16": new Uint8Array(Buffer.from(manifest(), "utf16le")),
  "bytes that are no UTF-8": new Uint8Array(Buffer.from(manifest('"a":"\xff",'), "latin1")),
  "an overlong form": new Uint8Array(Buffer.from(manifest('"a":"\xc0\xae",'), "latin1")),
  "an encoded surrogate": new Uint8Array(Buffer.from(manifest('"a":"\xed\xa0\x80",'), "latin1")),
  "4 MiB of opening brackets": "[".repeat(MAXIMUM),
  "4 MiB of opening objects": '{"a":'.repeat(MAXIMUM / 5),
  "a mediaType nested a million deep": manifest(`"mediaType":${"[".repeat(1e6)}${"]".repeat(1e6)},`),
  "a subject nested a million deep": manifest(`"subject":${'{"a":'.repeat(3e5)}1${"}".repeat(3e5)},`),
  "a mediaType of 4 MB": manifest(`"mediaType":"${"x".repeat(4e6)}",`),
  "a size above 2^53": manifest().replace('"size":2', '"size":9007199254740993'),
  "a size of 4 MB of digits": manifest().replace('"size":2', `"size":${"9".repeat(4e6)}`),
  "a size of 1e400": manifest().replace('"size":2', '"size":1e400'),
}

for (const [what, body] of Object.entries(REFUSED)) {
  test(`a body with ${what} is refused, and the message stays short`, () => {
    const error = refusal(body)
    expect(error).toBeDefined()
    expect(error?.message.length).toBeLessThan(1000)
    expect(JSON.stringify(error?.detail ?? null).length).toBeLessThan(1000)
  })
}

test("a Content-Type of 16 KiB is refused, and the message stays short", () => {
  expect(() => parseManifest(encoder.encode(manifest()), "x".repeat(16_384), 1000)).toThrow(/^[^]{1,1000}$/)
})

test("unknown members are accepted, nested thirty thousand deep or named like properties of every object", () => {
  expect(refusal(manifest(`"a":${"[".repeat(3e4)}${"]".repeat(3e4)},`))).toBeUndefined()
  expect(
    refusal(manifest('"__proto__":{"mediaType":"x"},"constructor":{"prototype":{"isRequired":1}},')),
  ).toBeUndefined()
  expect(refusal(manifest('"a":"\\ud800",'))).toBeUndefined()
  expect(({} as Record<string, unknown>)["isRequired"]).toBeUndefined()
})

test("members given by __proto__ do not stand in for missing ones", () => {
  expect(refusal(`{"__proto__":${manifest()}}`)).toBeDefined()
  expect(refusal(`{"schemaVersion":2,"layers":[],"__proto__":{"config":${CONFIG}}}`)).toBeDefined()
})

test("a body of more than 64 KiB may be nested 64 deep", () => {
  const nested = (depth: number) =>
    manifest(`"a":"${"x".repeat(65_536)}","b":${"[".repeat(depth)}${"]".repeat(depth)},`)
  expect(refusal(nested(63))).toBeUndefined()
  expect(refusal(nested(64))?.message).toContain("more than 64 deep")
})

const HEAVY = {
  "400,000 keys": manifest(repeat(400_000, (index) => `"k${index}":1,`)),
  "300,000 texts": manifest(`"a":[${repeat(300_000, (index) => `"t${index}",`)}0],`),
  "a million numbers": manifest(`"a":[${"1,".repeat(1e6)}1],`),
  "a million empty objects": manifest(`"a":[${"{},".repeat(1e6)}{}],`),
  "a million escapes": manifest(`"a":"${"\\n".repeat(1e6)}",`),
}

test.each(Object.entries(HEAVY))("a body with %s is refused before it is read as JSON", (_, body) => {
  // Cut off, it is no JSON: whoever reads it as such finds another reason.
  expect(refusal(body.slice(0, -1), OCI_MANIFEST, 10_000)?.message).toContain("more than 10000 references account for")
})

test("ten thousand references with what real manifests say of each are not too much, however they are laid out", () => {
  const digest = (index: number) => `sha256:${index.toString(16).padStart(64, "0")}`
  const children = repeat(10_000, (index) => {
    const platform =
      '"platform": {\n        "architecture": "arm64",\n        "os": "linux",\n        "variant": "v8"\n      }'
    return `{\n      "mediaType": "${OCI_MANIFEST}",\n      "digest": "${digest(index)}",\n      "size": 123456,\n      ${platform}\n    },`
  })
  const index = `{"schemaVersion": 2, "manifests": [${children.slice(0, -1)}]}`
  expect(refusal(index, OCI_INDEX, 10_000)).toBeUndefined()
  const files = repeat(10_000, (index) => {
    const title = `"annotations":{"org.opencontainers.image.title":"a/file-${index}.bin"}`
    return `{"mediaType":"application/vnd.example.file","digest":"${digest(index)}","size":123456789,${title}},`
  })
  const image = manifest().replace('"layers":[]', `"layers":[${files.slice(0, -1)}]`)
  expect(refusal(image, OCI_MANIFEST, 10_000)).toBeUndefined()
})

test("a key that differs from a known one in its case is refused by name, in every place", () => {
  const layer = (members: string) =>
    manifest().replace('"layers":[]', `"layers":[${CONFIG.replace("{", `{${members},`)}]`)
  expect(refusal(manifest(`"Layers":[${CONFIG}],`))?.message).toContain('the manifest has the key "Layers"')
  expect(refusal(manifest(`"subject":${CONFIG.replace("size", "Size")},`))?.message).toContain(
    'subject has the key "Size"',
  )
  expect(refusal(layer('"URLs":["http://example"]'))?.message).toContain('layers[0] has the key "URLs"')
  expect(refusal(layer('"platform":{"OS":"linux"}'))?.message).toContain('layers[0].platform has the key "OS"')
  expect(refusal(layer('"annotations":{"Size":"1","Layers":"2"},"Name":"3","platform":{"CPU":"4"}'))).toBeUndefined()
  expect(refusal(manifest('"a":{"Layers":1},"Blobs":[],'))).toBeUndefined()
})

test("of duplicate keys the last one counts, in every place", () => {
  const other = CONFIG.replace("0123", "ffff")
  const body = `{"schemaVersion":1,"schemaVersion":2,"layers":[${CONFIG}],"config":${CONFIG},"config":${other},"layers":[]}`
  const references = listReferences(parseManifest(encoder.encode(body), OCI_MANIFEST, 10))
  expect(references.map(({ kind, digest }) => [kind, digest.slice(7, 11)])).toEqual([["config", "ffff"]])
})

test("the number of layers is bounded before they are read", () => {
  // The first entry is no descriptor: a parser that read before it counted would say so.
  expect(refusal(manifest().replace("[]", `[${"0,".repeat(50_000)}0]`))?.message).toContain("more than 1000")
})
