import type { Health, HealthCheck } from "../services/health.ts"
import type { Job } from "./schedule.ts"

/** Looks at one thing that the registry depends on, again and again (`health`). */
export function createCheckHealthJob(health: Health, check: HealthCheck & { intervalSeconds: number }): Job {
  return { name: `check ${check.probe.name}`, everySeconds: check.intervalSeconds, run: () => health.run(check) }
}
