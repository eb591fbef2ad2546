/** A line of PROMISES.md: a promise and the commands that test it. */
export interface Promised {
  id: string
  commands: string[]
}

const LINE = /^\| ([A-Z]\d+) \| (.+?) \| (.+) \|$/gm

export function listPromises(page: string): Promised[] {
  return [...page.matchAll(LINE)].map(([, id = "", , tested = ""]) => ({
    id,
    commands: [...tested.matchAll(/`([^`]+)`/g)].map(([, command = ""]) => command),
  }))
}

/** The files that `npm test -- …` is given, or the techniques of `npm run torture -- --only …`; both empty for anything else. */
export function readCommand(command: string): { files: string[]; techniques: string[] } {
  const files = /^npm test -- (.+)$/.exec(command)?.[1]?.split(" ") ?? []
  const techniques = /^npm run torture -- --only ([a-z,-]+) --minutes 1 --seed 1$/.exec(command)?.[1]?.split(",") ?? []
  return { files, techniques }
}
