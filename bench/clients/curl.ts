import type { Certificate } from "../servers/server.ts"

// Big transfers go through curl: it costs the two cores less than a client in a script, and every server gets the same one.
// HTTP/1.1 also over TLS: what Docker's engine speaks, and the faster one for servers in Go.
const OPTIONS = ["-q", "--silent", "--show-error", "--http1.1", "--noproxy", "*", "--max-time", "600"]

export interface Transfer {
  url: string
  sizeBytes: number
}

/** Downloads to nowhere, all at once, a process each. Rejects unless each gives 200 and its full size. */
export async function download(transfers: readonly Transfer[], certificate?: Certificate): Promise<void> {
  await Promise.all(
    transfers.map(async ({ url, sizeBytes }) => {
      const format = ["--output", "/dev/null", "--write-out", "%{http_code} %{size_download}"]
      const result = await runCurl([...trust(certificate), ...format, url])
      if (result !== `200 ${sizeBytes}`) throw new Error(`GET ${url}: "${result}" in place of "200 ${sizeBytes}"`)
    }),
  )
}

/** Gives the SHA-256 of what the URL serves, as `sha256:HEX`. */
export async function downloadDigest(url: string, certificate?: Certificate): Promise<string> {
  const child = Bun.spawn(["curl", ...OPTIONS, "--fail", ...trust(certificate), url], {
    stdout: "pipe",
    stderr: "inherit",
  })
  const hasher = new Bun.CryptoHasher("sha256")
  for await (const piece of child.stdout) hasher.update(piece)
  const code = await child.exited
  if (code !== 0) throw new Error(`GET ${url}: curl ended with ${code}`)
  return `sha256:${hasher.digest("hex")}`
}

/** Streams the file as Docker does: one PATCH, in chunks, without a length. Gives the Location of the answer. */
export async function patchFile(url: string, path: string): Promise<string> {
  return parsePatch(await runCurl([...PATCH, "--upload-file", path, url]), url)
}

/** As `patchFile`, with two files in a row as one body. */
export async function patchFiles(url: string, paths: readonly [string, string]): Promise<string> {
  const script = 'first=$1; second=$2; shift 2; cat "$first" "$second" | curl "$@"'
  const options = [...OPTIONS, ...PATCH, "--upload-file", "-", url]
  return parsePatch(await runProgram(["sh", "-c", script, "sh", ...paths, ...options]), url)
}

function runCurl(options: readonly string[]): Promise<string> {
  return runProgram(["curl", ...OPTIONS, ...options])
}

async function runProgram(command: string[]): Promise<string> {
  const child = Bun.spawn(command, { stdin: "ignore", stdout: "pipe", stderr: "pipe" })
  const [output, problems, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited])
  if (code !== 0) throw new Error(`curl ended with ${code}: ${problems.trim()}`)
  return output
}

const PATCH = ["--request", "PATCH", "--output", "/dev/null", "--write-out", "%{http_code} %header{location}"].concat(
  ["Transfer-Encoding: chunked", "Content-Type: application/octet-stream", "Expect:"].flatMap((h) => ["--header", h]),
)

function parsePatch(result: string, url: string): string {
  const [status, location] = result.split(" ")
  if (status !== "202" || location === undefined) throw new Error(`PATCH ${url} was answered "${result}"`)
  return new URL(location, url).href
}

function trust(certificate: Certificate | undefined): string[] {
  return certificate === undefined ? [] : ["--cacert", certificate.certificatePath]
}
