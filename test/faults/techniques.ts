import { fuzz } from "./fuzz/fuzz.ts"
import { injectedFaults } from "./injected/technique.ts"
import { mutants } from "./mutants/mutants.ts"
import { histories } from "./schedules/histories.ts"
import { kills } from "./kills.ts"
import { fileCalls } from "./points/file-calls.ts"
import { points } from "./points/points.ts"
import { systemCalls } from "./points/system-calls.ts"
import { powerCuts } from "./power/power-cuts.ts"
import { protocol } from "./protocol/protocol.ts"
import { schedules } from "./schedules/schedules.ts"
import { soak } from "./soak/soak.ts"
import type { Technique } from "./technique.ts"

export const techniques: readonly Technique[] = [
  // By what they break.
  kills,
  points,
  fileCalls,
  systemCalls,
  powerCuts,
  injectedFaults,
  schedules,
  histories,
  mutants,
  protocol,
  fuzz,
  soak,
]
