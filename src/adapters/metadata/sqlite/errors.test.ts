import { expect, test } from "bun:test"
import { explainLocking, explainOpening } from "./errors.ts"

const failure = (code: string) => Object.assign(new Error("unable to open"), { code })

test.each(["EACCES", "EPERM"])("%s says who may use the directory", (code) => {
  const way = `cannot be opened (${code}): run it as the owner of its directory, or see that the user of the server may write to both`
  expect(explainLocking(failure(code), "/data/lock.db")).toMatchObject({ message: `the lock /data/lock.db ${way}` })
  expect(explainOpening(failure(code), "/data/m.db")).toMatchObject({ message: `the database /data/m.db ${way}` })
})

test("a database that cannot be opened for another reason says what to look at", () => {
  expect(explainOpening(failure("SQLITE_CANTOPEN"), "/data/m.db")).toMatchObject({
    message: expect.stringContaining("see that its directory exists"),
  })
})
