import { describe, expect, test } from "bun:test"
import type { Credentials, Identity } from "./identity.ts"

interface Subject extends Disposable {
  identity: Identity
  /** Credentials that are right, of a user with this name. */
  right: { credentials: Credentials; user: string }
  /** Credentials that are wrong in every way that the identity knows; none where everybody may come in. */
  wrong: Credentials[]
}

/** What every identity does, wherever it knows the users from. */
export function describeIdentity(name: string, create: () => Promise<Subject>): void {
  describe(`identity: ${name}`, () => {
    test("right credentials give the user, counted by a key of its own", async () => {
      using subject = await create()
      const { credentials, user } = subject.right
      const actor = await subject.identity.authenticate(credentials)
      expect(actor?.id).toBe(user)
      expect(actor?.quotaKey).toMatch(/^(user|address):./)
      expect(await subject.identity.authenticate(credentials)).toEqual(actor)
    })

    test("wrong credentials give nothing, and no error", async () => {
      using subject = await create()
      for (const credentials of subject.wrong)
        expect([credentials, await subject.identity.authenticate(credentials)]).toEqual([credentials, undefined])
    })

    test("whoever can be refused is told how to come in", async () => {
      using subject = await create()
      const { identity, wrong } = subject
      const denial = { scopes: [], isInsufficient: false, origin: "https://registry.example" }
      for (const { authorization } of wrong)
        expect(identity.challenge({ ...denial, authorization })).toMatch(/^(Basic|Bearer) realm="[^"]+"/)
      if (wrong.length === 0) expect(identity.challenge({ ...denial, authorization: null })).toBeUndefined()
    })

    test("reading its files again, when nothing has changed, changes nothing", async () => {
      using subject = await create()
      await subject.identity.reload()
      expect((await subject.identity.authenticate(subject.right.credentials))?.id).toBe(subject.right.user)
      for (const credentials of subject.wrong) expect(await subject.identity.authenticate(credentials)).toBeUndefined()
    })

    test("the same credentials many times at once all get the same answer", async () => {
      using subject = await create()
      const { credentials, user } = subject.right
      const actors = await Promise.all(Array.from({ length: 20 }, () => subject.identity.authenticate(credentials)))
      expect(new Set(actors.map((actor) => actor?.id))).toEqual(new Set([user]))
    })
  })
}
