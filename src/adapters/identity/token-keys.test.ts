import { expect, test } from "bun:test"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { createScratch } from "../../../test/support/scratch.ts"
import { createTokenIssuer } from "../../../test/support/token-issuer.ts"
import { createMemoryLogger } from "../logger/memory.ts"
import { createTestClock, openTokenIdentity } from "./testing.ts"
import { openTokenKeys } from "./token-keys.ts"

const [first, second] = [createTokenIssuer(), createTokenIssuer()]

test("a key that is added counts within a second, one that is removed no longer, although its token was remembered", async () => {
  using subject = await openTokenIdentity({ certificates: first.certificate })
  const token = first.issue()
  expect((await subject.login(token))?.id).toBe("alice")
  subject.rewrite({ certificates: first.certificate + second.certificate })
  expect((await subject.login(second.issue()))?.id).toBe("alice")
  subject.rewrite({ certificates: second.certificate })
  expect(await subject.login(token)).toBeUndefined()
  expect((await subject.login(second.issue()))?.id).toBe("alice")
})

test("a reload reads the keys at once", async () => {
  using subject = await openTokenIdentity({ certificates: first.certificate })
  subject.rewrite({ certificates: second.certificate })
  subject.clock.pass(-1)
  await subject.identity.reload()
  expect((await subject.login(second.issue()))?.id).toBe("alice")
})

test.each([
  ["damaged", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"],
  ["without a key", "nothing\n"],
])("a file that is %s leaves in force what it held, with one warning", async (_, certificates) => {
  using subject = await openTokenIdentity({ certificates: first.certificate })
  subject.rewrite({ certificates })
  expect((await subject.login(first.issue()))?.id).toBe("alice")
  subject.clock.pass(1)
  expect((await subject.login(first.issue()))?.id).toBe("alice")
  expect(subject.warnings()).toEqual(["token: the issuer's keys cannot be read, those before stay in force"])
  subject.rewrite({ certificates: second.certificate })
  expect((await subject.login(second.issue()))?.id).toBe("alice")
})

async function whyNot(name: string, makeFile: (path: string) => void): Promise<string> {
  using scratch = createScratch("berth-token-keys")
  const path = join(scratch.path, name)
  makeFile(path)
  const [certificatesPath, keySetPath] = name.endsWith(".pem") ? [path, undefined] : [undefined, path]
  const options = { certificatesPath, keySetPath, clock: createTestClock(), log: createMemoryLogger() }
  return await openTokenKeys(options).then(
    () => "",
    (error: Error) => error.message.replaceAll(path, "FILE"),
  )
}

const holding = (text: string) => (path: string) => writeFileSync(path, text)

test.each<[string, (path: string) => void, string]>([
  [
    "a.pem",
    () => undefined,
    "cannot use auth.token.rootcertbundle, FILE: it is not there, correct auth.token.rootcertbundle",
  ],
  [
    "a.pem",
    (path) => mkdirSync(path),
    "cannot use auth.token.rootcertbundle, FILE: it is a directory, correct auth.token.rootcertbundle",
  ],
  ["a.pem", holding("x"), "there is no key of the issuer in FILE: put its certificate or key set there"],
  [
    "a.pem",
    holding(`${first.certificate}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----`),
    "cannot use auth.token.rootcertbundle, FILE: certificate 2 cannot be read",
  ],
  ["a.json", holding("{"), "cannot use auth.token.jwks, FILE: it is no JSON"],
  ["a.json", holding("[]"), 'cannot use auth.token.jwks, FILE: it is no JSON Web Key Set: {"keys": […]}'],
  ["a.json", holding('{"keys":[]}'), "there is no key of the issuer in FILE: put its certificate or key set there"],
])("without a key to start with, %s, the operator is told why", async (name, makeFile, message) => {
  expect(await whyNot(name, makeFile)).toBe(message)
})
