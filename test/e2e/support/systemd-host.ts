import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { createScratch } from "../../support/scratch.ts"
import { type CommandResult, attempt, run } from "./command.ts"
import { startIsolated } from "./isolated-process.ts"

/** What stands in for a machine that systemd started: this one's files, with others laid over them, and one service. */
export interface SystemdHost extends AsyncDisposable {
  /** Runs lines of shell there, whatever their exit code. */
  attempt: (script: string) => Promise<CommandResult>
}

/** Programs that it needs, as `requirePrograms` takes them. */
export const SYSTEMD_PROGRAMS = ["systemctl", "dbus-daemon", "unshare", "nsenter", "pivot_root", "ip"]

const TARGET = "[Unit]\nDefaultDependencies=no\nRequires=SERVICE\n"

// systemd is the first process of its namespaces. No unit of this machine is wanted any more, and the kernel's settings
// cannot be written. Its control groups are below one of its own, so that none stays.
const BOOT = String.raw`
set -eu
mount --make-rprivate /
mount -t tmpfs machine "$1"; cd "$1"; mkdir upper work root cgroup
if [ -e /sys/fs/cgroup/cgroup.controllers ]; then kind=cgroup2 named=; else kind=cgroup named='-o none,name=systemd'; fi
mount -t $kind $named cgroup cgroup; mkdir "cgroup/$3"; echo $$ > "cgroup/$3/cgroup.procs"
cat > boot <<'END'
mount -t overlay overlay -o lowerdir=/,upperdir=upper,workdir=work root; cd root
mount -t proc proc proc; mount --bind proc/sys proc/sys; mount -o remount,bind,ro proc/sys; mount -t sysfs -o ro sys sys; mount --rbind /dev dev; mount -t tmpfs run run; mount -t tmpfs tmp tmp
if [ $3 = cgroup2 ]; then mount -t cgroup2 cgroup sys/fs/cgroup
else mount -t tmpfs cgroup sys/fs/cgroup; mkdir sys/fs/cgroup/systemd; mount -t cgroup $4 cgroup sys/fs/cgroup/systemd; fi
mount --bind "$5" dev/console
ip link set lo up
rm -rf lib/systemd/system/*.wants etc/systemd/system/*
cp -a "$2/." .
mkdir before; pivot_root . before; umount -l before; rmdir before
exec env -i container=test PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --system --unit=only.target --log-target=console
END
exec unshare --net --cgroup sh -eu boot "$1" "$2" $kind "$named" "$4"
`
// What ended with its machine leaves its control groups, which are empty then.
const TIDY = String.raw`
if [ -e /sys/fs/cgroup/cgroup.controllers ]; then kind=cgroup2 named=; else kind=cgroup named='-o none,name=systemd'; fi
mount -t $kind $named cgroup "$1"; find "$1/$2" -depth -type d -exec rmdir {} ';'
`

interface Machine {
  /** The unit that is started. */
  service: string
  /** Writes files as they are to be there, below a directory. */
  place: (root: string) => Promise<void>
  /** A line of shell that succeeds once the machine is as wanted. */
  ready: string
}

export async function startSystemdHost({ service, place, ready }: Machine): Promise<SystemdHost> {
  const scratch = createScratch("berth-systemd")
  const [mounted, added] = [join(scratch.path, "machine"), join(scratch.path, "added")]
  const units = join(added, "etc", "systemd", "system")
  for (const path of [mounted, units]) mkdirSync(path, { recursive: true })
  await place(added)
  writeFileSync(join(units, "only.target"), TARGET.replace("SERVICE", service))
  const console = join(scratch.path, "console")
  writeFileSync(console, "")
  const group = `berth-test-${process.pid}`
  let pid: number | undefined
  const shell = (script: string) => {
    const inside = ["nsenter", `--target=${pid}`, "--all", "--root", "--wd"]
    return attempt([...inside, "sh", "-euc", script], { timeoutSeconds: 30 })
  }
  const tidy = async () => {
    await run(["unshare", "--mount", "sh", "-c", TIDY, "tidy", mounted, group])
    scratch[Symbol.dispose]()
  }
  const daemon = await startIsolated(["sh", "-c", BOOT, "boot", mounted, added, group, console], async (running) => {
    pid = running
    return (await shell(ready)).exitCode === 0
  }).catch(async (error: unknown) => {
    const said = readFileSync(console, "utf8")
    await tidy()
    throw new Error(`systemd did not start ${service}:\n${said}`, { cause: error })
  })
  return {
    attempt: shell,
    [Symbol.asyncDispose]: async () => {
      await daemon[Symbol.asyncDispose]()
      await tidy()
    },
  }
}
