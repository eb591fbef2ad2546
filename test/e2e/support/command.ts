import { PROGRAM_PATH } from "./programs.ts"

export interface CommandOptions {
  env?: Record<string, string>
  cwd?: string
  /** Given to the program on its standard input. */
  input?: string
  timeoutSeconds?: number
}

export interface CommandResult {
  exitCode: number
  stdout: string
  stderr: string
}

/** Runs a program to its end and gives what it printed to stdout. Throws, with all it printed, when it fails. */
export async function run(command: string[], options: CommandOptions = {}): Promise<string> {
  const result = await attempt(command, options)
  if (result.exitCode !== 0)
    throw new Error(`${command.join(" ")}\nended with ${result.exitCode}:\n${result.stdout}${result.stderr}`)
  return result.stdout
}

/** Runs a program to its end, whatever its exit code. */
export async function attempt(command: string[], options: CommandOptions = {}): Promise<CommandResult> {
  const child = Bun.spawn(command, {
    env: commandEnvironment(options.env),
    stdin: new Blob([options.input ?? ""]),
    stdout: "pipe",
    stderr: "pipe",
    timeout: (options.timeoutSeconds ?? 60) * 1000,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  })
  const [stdout, stderr, exitCode] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited])
  return { exitCode, stdout, stderr }
}

/** The environment of every program: none of the caller's proxies, log-ins or certificates, only what is given here. */
export function commandEnvironment(env: Record<string, string> = {}): Record<string, string> {
  return { PATH: PROGRAM_PATH, HOME: "/nonexistent", LANG: "C.UTF-8", ...env }
}
