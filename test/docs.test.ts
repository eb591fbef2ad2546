// What the documentation tells people to type is typed here, and what it points at is there.
import { Glob } from "bun"
import { afterAll, describe, expect, test } from "bun:test"
import { existsSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { loadConfig } from "../src/config/load-config.ts"
import { isCommand, isStart, listBlocks, listPrograms, type Block } from "./docs/blocks.ts"
import { createScene, type Scene } from "./docs/scene.ts"
import { requirePrograms } from "./e2e/support/programs.ts"

const ROOT = join(import.meta.dir, "..")
const PAGES = ["*.md", "docs/**/*.md", "bench/*.md"].flatMap(listPages).sort()
/** What a test cannot run from within a test. */
const NOT_RUN = new Set(["npm test"])

const LONGEST_DECISION = 40

const blocksOf = (page: string): Block[] => listBlocks(readPage(page))
const isTested = (block: Block): boolean => isCommand(block) && block.words.includes("test")
/** Run by the tests in test/e2e of the same names, on a machine with Docker. */
const CONTAINER_PAGES = new Set(["docs/deployment.md", "docs/takeover.md"])
const isForContainers = (block: Block): boolean => block.words.includes("container")
const firstLine = ({ text }: Block): string => text.split("\n")[0] ?? ""

function listPages(pattern: string): string[] {
  return Array.from(new Glob(pattern).scanSync(ROOT))
}

function readPage(page: string): string {
  return readFileSync(join(ROOT, page), "utf8")
}

for (const page of PAGES.filter((each) => blocksOf(each).some(isTested))) {
  describe(`the commands of ${page}`, () => {
    let scene: Promise<Scene> | undefined
    const needed = new Set(["npm"])
    const files: Block[] = []

    for (const block of blocksOf(page)) {
      // A file that the page shows is written before the next command.
      if (block.language === "yaml") files.push(block)
      if (!isTested(block)) continue
      const programs = [...new Set([...needed, ...listPrograms(block)])]
      // What is set up while no server runs, later commands build upon.
      if (block.words.includes("stopped")) for (const program of programs) needed.add(program)
      const before = files.splice(0)
      requirePrograms(...programs)(firstLine(block), async () => {
        const played = await (scene ??= createScene())
        for (const file of before) await played.play(file)
        await played.play(block)
      })
    }

    afterAll(async () => {
      await (await scene?.catch(() => undefined))?.[Symbol.asyncDispose]()
    }, 60_000)
  })
}

describe("the pages", () => {
  test("every command in a block of shell is run here, but for those named", () => {
    const elsewhere = PAGES.filter((page) => !CONTAINER_PAGES.has(page) && blocksOf(page).some(isForContainers))
    expect(elsewhere).toEqual([])
    const isRun = (block: Block) => isTested(block) || isForContainers(block)
    const unmarked = PAGES.flatMap(blocksOf).filter((block) => isCommand(block) && !isRun(block))
    expect(unmarked.map(({ text }) => text).filter((text) => !NOT_RUN.has(text))).toEqual([])
    expect(PAGES.flatMap(blocksOf).filter(isStart).length).toBeGreaterThan(3)
  })

  test.each(PAGES.filter((page) => blocksOf(page).some(({ language }) => language === "yaml")))(
    "the configurations of %s are good, without a warning",
    async (page) => {
      for (const { text } of blocksOf(page).filter(({ language }) => language === "yaml")) {
        const { warnings } = await loadConfig({ env: {}, file: { path: page, text } })
        expect(warnings).toEqual([])
      }
    },
  )

  test.each(PAGES)("the links of %s lead somewhere", (page) => {
    const text = readPage(page).replaceAll(/```.*?```|`[^`\n]*`/gs, "")
    const targets = [...text.matchAll(/\]\(([^)\s]+)\)|(?:src|href)="([^"]+)"/g)].map(
      ([, link, source]) => link ?? source ?? "",
    )
    const wrong = targets.filter((target) => !/^https?:/.test(target) && !resolves(page, target))
    expect(wrong).toEqual([])
  })

  test("every decision is short, numbered without a gap, and in the index", () => {
    const decisions = listPages("docs/adr/0*.md").sort()
    const index = readPage("docs/adr/README.md")
    decisions.forEach((page, at) => {
      const number = String(at + 1).padStart(4, "0")
      expect(page).toStartWith(`docs/adr/${number}-`)
      expect(readPage(page)).toStartWith(`# ${number}: `)
      expect(index).toContain(`[${number}](${page.slice("docs/adr/".length)})`)
      expect(readPage(page).split("\n").length - 1).toBeLessThanOrEqual(LONGEST_DECISION)
    })
  })
})

/** A path relative to the page, or a heading, or both. */
function resolves(page: string, target: string): boolean {
  const [path = "", heading] = target.split("#")
  const file = path === "" ? join(ROOT, page) : join(ROOT, dirname(page), path)
  if (!existsSync(file)) return false
  return heading === undefined || listAnchors(readFileSync(file, "utf8")).includes(heading)
}

/** As GitHub makes them of headings. */
function listAnchors(text: string): string[] {
  const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) => heading)
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  )
}
