import type { Mutant } from "./mutant.ts"

type Catch = Mutant["caughtBy"]

const SCHEDULES = "test/faults/schedules"

export function inEveryOrder(name: string): Catch {
  return { file: `${SCHEDULES}/schedules.test.ts`, test: `in every order that makes a difference > ${name}` }
}

export function inStories(name: string): Catch {
  const group = "after each call and each run of the collector all is as it has to be"
  return { file: `${SCHEDULES}/stories.test.ts`, test: `${group} > ${name}` }
}

export function ofObjects(name: string): Catch {
  return { file: `${SCHEDULES}/stories.test.ts`, test: `an object > ${name}` }
}
