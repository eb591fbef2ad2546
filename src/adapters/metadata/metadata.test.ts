import { afterAll } from "bun:test"
import { join } from "node:path"
import { describeMetadata } from "../../ports/metadata/metadata.contract.ts"
import { createScratch } from "../../../test/support/scratch.ts"
import { createMetadata } from "./metadata.ts"

const scratch = createScratch("berth-metadata")
let files = 0
afterAll(() => scratch[Symbol.dispose]())

describeMetadata("in memory", (clock) => createMetadata({ path: ":memory:", clock }))
describeMetadata("in a file", (clock) => createMetadata({ path: join(scratch.path, `${++files}.db`), clock }))
