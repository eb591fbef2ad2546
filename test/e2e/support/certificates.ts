import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { run } from "./command.ts"

export interface Certificates {
  /** The authority's certificate, alone in its directory: what podman and skopeo take as `--cert-dir`. */
  authority: string
  authorityDirectory: string
  certificate: string
  key: string
}

/** Makes an authority and a server's certificate for 127.0.0.1 and localhost in this directory. Needs openssl. */
export async function createCertificates(directory: string): Promise<Certificates> {
  const authorityDirectory = join(directory, "authority")
  mkdirSync(authorityDirectory, { recursive: true })
  const path = (name: string) => join(directory, name)
  const authority = join(authorityDirectory, "ca.crt")
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
  const authorityFiles = ["-keyout", path("ca.key"), "-out", authority]
  const authorityUse = ["-addext", "keyUsage=critical,keyCertSign"]
  await run([
    "openssl",
    "req",
    "-x509",
    ...newKey,
    "-days",
    "2",
    "-subj",
    "/CN=test",
    ...authorityUse,
    ...authorityFiles,
  ])
  const requestFiles = ["-keyout", path("server.key"), "-out", path("server.csr")]
  await run(["openssl", "req", ...newKey, "-subj", "/CN=localhost", ...requestFiles])
  writeFileSync(path("server.ext"), "subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n")
  const signedBy = ["-CA", authority, "-CAkey", path("ca.key"), "-CAcreateserial", "-CAserial", path("ca.srl")]
  const serverFiles = ["-in", path("server.csr"), "-extfile", path("server.ext"), "-out", path("server.crt")]
  await run(["openssl", "x509", "-req", "-days", "2", ...signedBy, ...serverFiles])
  return { authority, authorityDirectory, certificate: path("server.crt"), key: path("server.key") }
}

export function readAuthority(certificates: Certificates): string {
  return readFileSync(certificates.authority, "utf8")
}
