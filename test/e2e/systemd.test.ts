// deploy/berth.service under a systemd of its own, with the executable and all of the unit's confinement.
import { expect } from "bun:test"
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { buildExecutable } from "./support/executable.ts"
import { ROOT, requirePrograms } from "./support/programs.ts"
import { shareInFile } from "./support/share-in-file.ts"
import { SYSTEMD_PROGRAMS, startSystemdHost } from "./support/systemd-host.ts"

const UNIT = join(import.meta.dir, "..", "..", "deploy", "berth.service")
const CONFIG = `version: 0.1
storage: {filesystem: {rootdirectory: /var/lib/berth}}
http: {addr: "127.0.0.1:5000"}
`
const READY = "curl --fail --silent --show-error http://127.0.0.1:5000/readyz"

const test = requirePrograms(...SYSTEMD_PROGRAMS, "systemd-analyze", "curl", ROOT)
const host = shareInFile(() => startSystemdHost({ service: "berth.service", ready: READY, place }))

async function place(root: string): Promise<void> {
  for (const path of ["etc/berth", "etc/systemd/system", "usr/local/bin"])
    mkdirSync(join(root, path), { recursive: true })
  copyFileSync(UNIT, join(root, "etc/systemd/system/berth.service"))
  writeFileSync(join(root, "etc/berth/config.yml"), CONFIG)
  await buildExecutable(join(root, "usr/local/bin/berth"))
}

test("systemd finds nothing wrong with the unit, and little that it could still take away", async () => {
  const { attempt } = await host()
  const verified = await attempt("systemd-analyze verify /etc/systemd/system/berth.service")
  expect({ ...verified, stdout: "" }).toEqual({ exitCode: 0, stdout: "", stderr: "" })
  // From 0, safe, to 10.
  expect((await attempt("systemd-analyze security --offline=true --threshold=25 berth.service")).exitCode).toBe(0)
})

test("the service runs as a user of its own, who owns the data, without privileges", async () => {
  const { attempt } = await host()
  const { stdout } = await attempt(
    "cat /proc/$(pidof berth)/status; stat --format 'owner %U' /var/lib/private/berth/berth",
  )
  expect(stdout).toMatch(/^Uid:\t[1-9]/m)
  expect(stdout).toMatch(/^CapEff:\t0+$/m)
  expect(stdout).toMatch(/^NoNewPrivs:\t1$/m)
  expect(stdout).toEndWith("owner berth\n")
})

test("it is reloaded, stopped with success, and started again", async () => {
  const { attempt } = await host()
  const state = "systemctl show --property=ActiveState,Result,NRestarts --value berth"
  expect((await attempt(`systemctl reload berth; ${READY}; ${state}`)).stdout.split("\n")).toContain("active")
  const stopped = await attempt(`systemctl stop berth; ${state}`)
  expect(stopped.stdout.split("\n").filter(Boolean).sort()).toEqual(["0", "inactive", "success"])
  const again = await attempt(`systemctl start berth; ${READY} --retry 30 --retry-connrefused --retry-delay 1`)
  expect(again.stdout).toBe("ok\n")
})
