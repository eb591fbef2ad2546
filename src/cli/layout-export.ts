import { parseImageReference, type ImageReference } from "../domain/layout.ts"
import { exportLayout, type LayoutExportReport } from "../services/layout-export.ts"
import { INTERRUPTED } from "./exit-codes.ts"
import { getLocal, type OperatorCall, type OperatorOptions } from "./operator.ts"
import { createProgressPrinter } from "./progress.ts"
import { createRegistryClient } from "./registry-client.ts"
import { printBytes, printCount } from "./table.ts"

export interface LayoutExportOptions extends OperatorOptions {
  all?: boolean
  force?: boolean
  host?: string
  /** `--no-referrers`. */
  referrers: boolean
}

/** `names`: images, and at the end where they go. */
export async function exportLayouts(
  { deps, operator, options }: OperatorCall<LayoutExportOptions>,
  names: readonly string[],
): Promise<number | void> {
  const images: ImageReference[] = names.slice(0, -1).map(parseImageReference)
  const path = names.at(-1) ?? ""
  const leaving = new AbortController()
  const forget = deps.onInterrupt(() => leaving.abort(new Error("cancelled")))
  const printer = await createProgressPrinter(deps, options.json === true)
  try {
    const layout = await getLocal(operator).files.createLayout(path, { replaces: options.force === true })
    const report = await exportLayout(
      { registry: createRegistryClient(operator, leaving.signal), layout },
      {
        images: options.all === true ? undefined : images,
        hasReferrers: options.referrers,
        host: options.host === undefined ? "" : `${options.host.replace(/\/+$/, "")}/`,
        signal: leaving.signal,
        progress: (done) => printer.show({ kind: "export", subject: path, progress: { done, unit: "bytes" } }),
      },
    )
    const text = options.json === true ? `${JSON.stringify({ path, ...report })}\n` : describe(path, report)
    if (path === "-") deps.err(text)
    else deps.out(text)
  } catch (error) {
    if (!leaving.signal.aborted) throw error
    deps.err("berth: cancelled: repeat it, and a directory keeps what it has\n")
    return INTERRUPTED
  } finally {
    forget()
    printer.end()
  }
}

function describe(path: string, report: LayoutExportReport): string {
  const { tags, manifests, blobs, bytes, written } = report
  const what = `${printCount(tags, "tag")}, ${printCount(manifests, "manifest")}, ${printCount(blobs, "blob")}`
  // Into a new one goes all of it: that would say nothing.
  const rest = written === manifests + blobs ? "" : `; ${written} of these files were not there yet`
  return `${path === "-" ? "the archive" : path}: ${what}, ${printBytes(bytes)}${rest}\n`
}
