/** What every test of a pool ends with: no session is lent. */
import { expect } from "@effect/vitest"
import * as FtpPool from "@ftp-effect/core/FtpPool"
import * as Effect from "effect/Effect"

export const nothingInUseOf = (pool: FtpPool.FtpPool) =>
  Effect.map(pool.status, (status) => {
    expect(status.length).toBeGreaterThan(0)
    expect(status.map(({ inUse }) => inUse)).toEqual(status.map(() => 0))
  })

export const nothingInUse = Effect.flatMap(FtpPool.FtpPool, nothingInUseOf)
