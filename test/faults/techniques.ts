import { kills } from "./kills.ts"
import type { Technique } from "./technique.ts"

export const techniques: readonly Technique[] = [kills]
