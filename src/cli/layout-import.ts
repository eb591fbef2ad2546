import type { Command } from "commander"
import { RegistryError } from "../domain/errors.ts"
import { parseImageReference, type ImageReference, type Placement } from "../domain/layout.ts"
import { isTag } from "../domain/tag.ts"
import { importLayout, type LayoutImportReport } from "../services/layout-import.ts"
import { asArgument } from "./argument.ts"
import type { CommandContext } from "./command.ts"
import { INTERRUPTED } from "./exit-codes.ts"
import {
  addOperatorOptions,
  getLocal,
  LISTING,
  withOperator,
  type OperatorCall,
  type OperatorOptions,
} from "./operator.ts"
import { createProgressPrinter } from "./progress.ts"
import { createRegistryClient } from "./registry-client.ts"
import { printBytes, printCount } from "./table.ts"

interface ImportOptions extends OperatorOptions {
  prefix?: string
  dryRun?: boolean
}

export function registerImport(program: Command, context: CommandContext): void {
  addOperatorOptions(
    program
      .command("import")
      .argument("<path>", "a directory or a tar archive, also a compressed one; - for standard input")
      .argument("[repository[:tag]]", "where everything goes, whatever the layout says", asArgument(parseTarget)),
  )
    .description(
      "push the images of an OCI image layout, such as berth export --oci-layout, skopeo or docker buildx write",
    )
    .option("--prefix <name>", "begin the name of each repository that the layout names with this")
    .option("--dry-run", "look at everything and tell what would be pushed")
    .action((path: string, target: Placement | undefined, options: ImportOptions) =>
      withOperator(context, options, (call) => importFrom(call, path, target), options.dryRun === true ? LISTING : {}),
    )
}

function parseTarget(text: string): Placement {
  const { repository, reference }: ImageReference = parseImageReference(text)
  if (reference === undefined) return { repository }
  if (!isTag(reference)) throw new RegistryError("TAG_INVALID", `${reference.slice(0, 200)} is no tag`)
  return { repository, tag: reference }
}

async function importFrom(
  { deps, operator, options }: OperatorCall<ImportOptions>,
  path: string,
  target: Placement | undefined,
): Promise<number | void> {
  const leaving = new AbortController()
  const forget = deps.onInterrupt(() => leaving.abort(new Error("cancelled")))
  const printer = await createProgressPrinter(deps, options.json === true)
  const layout = await getLocal(operator).files.openLayout(path)
  try {
    const report = await importLayout(
      { registry: createRegistryClient(operator, leaving.signal), layout },
      {
        target,
        prefix: options.prefix?.replace(/\/+$/, "") ?? "",
        isDryRun: options.dryRun === true,
        signal: leaving.signal,
        progress: (done, total) =>
          printer.show({ kind: "import", subject: path, progress: { done, total, unit: "bytes" } }),
      },
    )
    deps.out(options.json === true ? `${JSON.stringify(report)}\n` : describe(report, options.dryRun === true))
  } catch (error) {
    if (!leaving.signal.aborted) throw error
    deps.err("berth: cancelled: repeat it, and what is there already is not sent again\n")
    return INTERRUPTED
  } finally {
    forget()
    printer.end()
    await layout.close()
  }
}

function describe({ images, manifests, blobs, bytes }: LayoutImportReport, isDryRun: boolean): string {
  const lines = images
    .filter(({ tag }) => tag !== undefined)
    .map(({ repository, tag, wasThere }) => `${repository}:${tag ?? ""}${wasThere ? " was there" : ""}`)
  const others = images.length - lines.length
  if (others > 0) lines.push(`and ${printCount(others, "manifest")} without a tag`)
  const sum = `${printCount(blobs, "blob")} of ${printBytes(bytes)}`
  lines.push(isDryRun ? `${sum} would be pushed` : `pushed ${printCount(manifests, "manifest")} and ${sum}`)
  return lines.map((line) => `${line}\n`).join("")
}
